-- Published: departments by name, for screens of other domains that say where somebody goes.
create view pub_department as select id, tenant_id, name_zh, name_en from organization where kind = 'department';
grant select on pub_department to huabiao_app;

-- Published: the name of a system for the screens of other domains. Row security of the table holds through it (security_invoker).
create view pub_information_system with (security_invoker = true) as select id, tenant_id, name from information_system;
grant select on pub_information_system to huabiao_app;

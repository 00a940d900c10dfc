-- Published for monthly figures: when a change began. Row security of the table holds through it.
create view pub_change_begun with (security_invoker = true) as
select e.change_id, e.tenant_id, min(e.at) as begun_at from change_event e where e.to_state = 'prechecking' group by 1, 2;
grant select on pub_change_begun to huabiao_app;

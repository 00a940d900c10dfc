-- Published: bindings as a unit's own people and oversight may read them, ended and suspended ones included, for reviews of other domains.
create view pub_role_binding with (security_invoker = true) as
select id, tenant_id, person_id, role, duty, not_before, not_after, granted_by, request_id, revoked_at, suspended_at from role_binding;
grant select on pub_role_binding to huabiao_app;

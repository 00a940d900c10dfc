-- Published for monthly figures: which session was opened when, and for what. Row security of the table holds through it.
create view pub_session_opened with (security_invoker = true) as
select s.id, s.tenant_id, s.change_id, s.mode, s.opened_at from session_record s where s.opened_at is not null;
grant select on pub_session_opened to huabiao_app;
-- Published for whoever files what was done in a session: its recording, and the marks in it.
create view pub_session_recording with (security_invoker = true) as
select s.id, s.tenant_id, s.change_id, s.state, s.opened_at, s.closed_at, s.target_names, s.manifest_sm3 from session_record s;
create view pub_session_marks with (security_invoker = true) as
select g.session_id, g.tenant_id, g.index, g.marks from session_segment g;
grant select on pub_session_recording, pub_session_marks to huabiao_app;

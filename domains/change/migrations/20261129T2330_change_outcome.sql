-- Published: how each change went, as far as it can be known now, for whoever judges by what happened (itsm §2.1, standard changes).
-- A step that failed counts even where somebody repeated or accepted it afterwards, and a rollback counts from its order.
create view pub_change_outcome as
select c.id as change_id, c.tenant_id, c.no,
  case when c.state = 'closed' then c.state_since end as closed_at,
  least(
    (select min(r.ended_at) from change_step_run r where r.change_id = c.id and (r.state in ('failed', 'unknown', 'accepted'))),
    (select min(e.at) from change_event e where e.change_id = c.id and e.to_state = 'rolling_back')) as failed_at
from change_request c;

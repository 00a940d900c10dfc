-- The release register (版本登记, RL-12, anchors/itsm.md G-REL): which artifacts may be placed, by the word of the release manager. What is
-- registered is never edited: a mistake is withdrawn and registered anew. The signature is the signer's, over the whole statement; the
-- signer itself checks it again at each step, so that a row written past the services places nothing.
create table release (
  id uuid primary key,
  tenant_id uuid not null,
  product text not null,
  version text not null,
  origin text not null,
  -- Who built it, where that was one of our people: never the one who issues it (anchors/bastion.md §6, S5).
  builder_id uuid,
  state text not null check (state in ('draft', 'issued', 'withdrawn')),
  registered_by uuid not null,
  registered_at timestamptz not null,
  issued_by uuid,
  issued_at timestamptz,
  -- Canonical text of the statement and its two signatures.
  envelope jsonb,
  withdrawn_by uuid,
  withdrawn_at timestamptz,
  withdrawal_reason text,
  check ((state = 'draft') = (issued_at is null and withdrawn_at is null)),
  check ((issued_at is null) = (envelope is null) and (issued_at is null) = (issued_by is null)),
  check ((state = 'withdrawn') = (withdrawn_at is not null and withdrawn_by is not null and withdrawal_reason is not null))
);
create index release_page on release (tenant_id, id desc);
-- One live release of a version: what is to be placed is never ambiguous.
create unique index release_version on release (tenant_id, product, version) where state <> 'withdrawn';
call tenant_table('release');
revoke delete on release from huabiao_app;

create table release_artifact (
  release_id uuid not null references release (id),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  tenant_id uuid not null,
  name text not null,
  size bigint not null check (size >= 0),
  sm3 text not null check (sm3 ~ '^[0-9a-f]{64}$'),
  primary key (release_id, sha256)
);
create index release_artifact_digest on release_artifact (tenant_id, sha256);
call tenant_table('release_artifact');
call append_only('release_artifact');

-- The transitions of release.model.ts, and who may make them, a second time.
create function release_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' or app_person() is distinct from new.registered_by then
      raise exception 'release.wrong_state: a release begins as a draft of who registers it' using errcode = 'HB012', hint = 'RL-12';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.product, new.version, new.origin, new.builder_id, new.registered_by, new.registered_at)
       is distinct from (old.id, old.tenant_id, old.product, old.version, old.origin, old.builder_id, old.registered_by, old.registered_at)
     or (old.state <> 'draft' and (new.issued_by, new.issued_at, new.envelope) is distinct from (old.issued_by, old.issued_at, old.envelope)) then
    raise exception 'release.wrong_state: what is registered is never edited' using errcode = 'HB012', hint = 'RL-12';
  end if;
  if (old.state, new.state) not in (('draft', 'issued'), ('draft', 'withdrawn'), ('issued', 'withdrawn')) then
    raise exception 'release.wrong_state: % to %', old.state, new.state using errcode = 'HB012', hint = 'RL-12';
  end if;
  if new.state = 'issued' and (app_person() is distinct from new.issued_by or not release_manager(new.tenant_id, new.issued_by)) then
    raise exception 'release.not_release_manager: only the release manager issues' using errcode = 'HB012', hint = 'RL-12';
  end if;
  if new.state = 'issued' and new.issued_by is not distinct from new.builder_id then
    raise exception 'release.own_build: who built it does not release it' using errcode = 'HB012', hint = 'RL-12';
  end if;
  return new;
end $$;
create function release_manager(of_tenant uuid, of_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and h.tenant_id = of_tenant and h.role = 'RLS'
    and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)
$$;
create trigger guard before insert or update on release for each row execute function release_guard();

create function release_artifact_admit() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not exists (select 1 from release r where r.id = new.release_id and r.tenant_id = new.tenant_id and r.state = 'draft' and r.registered_by = app_person()) then
    raise exception 'release.wrong_state: artifacts are registered with their release' using errcode = 'HB012', hint = 'RL-12';
  end if;
  return new;
end $$;
create trigger admit before insert on release_artifact for each row execute function release_artifact_admit();

-- Published: how artifacts stand in the register of a tenant. A withdrawal outweighs whatever was issued before it; only a release that was
-- issued after it brings the same bytes back. Answers a digest alone, so it tells nobody what they do not hold already.
create function release_standing(of_tenant uuid, of_digests text[]) returns table (sha256 text, standing text, release_id uuid, product text, version text)
  language sql stable security definer set search_path = public as $$
  select distinct on (a.sha256) a.sha256, r.state, r.id, r.product, r.version
  from release_artifact a join release r on r.id = a.release_id
  where a.tenant_id = of_tenant and a.sha256 = any (of_digests) and r.issued_at is not null
  order by a.sha256, greatest(r.issued_at, coalesce(r.withdrawn_at, r.issued_at)) desc, r.state desc
$$;
grant execute on function release_standing(uuid, text[]) to huabiao_app;

-- For the signer: what it must see of a draft before it signs, and the signature under which an artifact may be placed now.
create view pub_release_draft as
  select r.id, r.tenant_id, r.product, r.version, r.origin, r.builder_id, r.state, clock_timestamp() as clock_now,
    (select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'size', a.size, 'sm3', a.sm3, 'sha256', a.sha256) order by a.sha256), '[]') from release_artifact a where a.release_id = r.id) as artifacts
  from release r where r.state = 'draft';
grant select on pub_release_draft to huabiao_signer;
create function release_envelope(of_tenant uuid, of_digest text) returns jsonb language sql stable security definer set search_path = public as $$
  select r.envelope from release_standing(of_tenant, array[of_digest]) s join release r on r.id = s.release_id where s.standing = 'issued'
$$;
grant execute on function release_manager(uuid, uuid), release_envelope(uuid, text) to huabiao_signer;

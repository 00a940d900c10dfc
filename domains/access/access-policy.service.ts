import { BlockList, isIP } from 'node:net'
import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { sql } from 'kysely'
import { actionsOfRoles, isRole, type RoleCode, roleCodes, roles, rolesInForce } from './access.model.ts'
import type { AccessDeps } from './access.ports.ts'
import * as contract from './access-policy.contract.ts'
import {
  Attachment,
  judgePolicies,
  type Policy,
  PolicyDocument,
  type PolicyRequest,
  policyRefusal,
  type SessionFacts,
  type sessionActions,
} from './access-policy.model.ts'

export interface SessionAct extends SessionFacts {
  readonly action: (typeof sessionActions)[number]
}
export interface SessionDenial {
  readonly policy: string
  readonly target: string
  readonly dimensions: readonly string[]
}
interface PolicyRow extends Policy {
  readonly roles: RoleCode[]
  readonly document: PolicyDocument
  readonly state: 'draft' | 'active' | 'retired'
  readonly draftedBy: string
  readonly draftedAt: Date
  readonly activatedBy: string | null
  readonly activatedAt: Date | null
}
const columns = sql`id, name, roles, document, state, drafted_by as "draftedBy", drafted_at as "draftedAt", activated_by as "activatedBy", activated_at as "activatedAt"`
const listAll = async (tx: ReadTx): Promise<PolicyRow[]> =>
  (await sql<PolicyRow>`select ${columns} from access_policy order by id desc limit 500`.execute(tx)).rows
const listActive = async (tx: ReadTx, tenantId: string): Promise<PolicyRow[]> =>
  (
    await sql<PolicyRow>`select ${columns} from access_policy where state = 'active' and tenant_id = ${tenantId} order by id limit 500`.execute(
      tx,
    )
  ).rows
const lock = async (tx: Tx, id: string, tenantId: string): Promise<PolicyRow> => {
  const [row] = (
    await sql<PolicyRow>`select ${columns} from access_policy where id = ${id} and tenant_id = ${tenantId} for update`.execute(tx)
  ).rows
  if (!row) throw new Refusal('access.policy_not_found')
  return row
}

/** Whether an address lies in a network; undefined where either is none. IPv4 that came over IPv6 is IPv4. */
export function inNetwork(address: string, cidr: string): boolean | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const [net = '', bits = ''] = cidr.split('/')
  const [family, netFamily] = [isIP(plain), isIP(net)]
  if (family === 0 || netFamily === 0) return undefined
  if (family !== netFamily) return false
  const list = new BlockList()
  list.addSubnet(net, Number(bits), netFamily === 4 ? 'ipv4' : 'ipv6')
  return list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** One that cannot be read might have denied: then nothing is decided, rather than by what is left (NT-B18). @throws Error */
function allReadable(rows: PolicyRow[]): PolicyRow[] {
  for (const { id, roles, document } of rows)
    if (!PolicyDocument.safeParse(document).success || !Attachment.safeParse(roles).success)
      throw new Error(`policy ${id} in force cannot be read`)
  return rows
}

/** Policies in force, by unit; looked up again after a second, so a new denial holds at once for people and costs one query a second. */
const freshMs = 1_000

export function accessPolicies(deps: AccessDeps, db: Database) {
  const cache = new Map<string, { at: number; policies: Promise<PolicyRow[]> }>()
  const inForce = (tenantId: string): Promise<PolicyRow[]> => {
    const now = deps.clock.now().getTime()
    const known = cache.get(tenantId)
    if (known && now - known.at < freshMs && now >= known.at) return known.policies
    const policies = db.read({ kind: 'tenant', tenantId }, (tx) => listActive(tx, tenantId)).then(allReadable)
    cache.set(tenantId, { at: now, policies })
    policies.catch(() => cache.delete(tenantId))
    return policies
  }
  const requestOf = (actor: PersonActor, action: string, resource: string): PolicyRequest => ({
    action,
    resource,
    roles: rolesInForce(actor),
    now: deps.clock.now(),
    sourceIp: actor.sourceIp,
    door: actor.door,
    terminalRegistered: actor.terminalId !== undefined,
    mfaAt: actor.mfaAt,
    personId: actor.personId,
    inNetwork,
  })
  /** The one decision of the gate: a role or a policy allows, and no policy denies (RL-17). A database that is away decides nothing. */
  const isAllowed = async (actor: Actor, action: string, resource: string): Promise<boolean> => {
    if (actor.kind !== 'person') return false
    const verdict = judgePolicies(await inForce(actor.tenantId), requestOf(actor, action, resource))
    return verdict.decision !== 'deny' && (verdict.decision === 'allow' || actionsOfRoles(rolesInForce(actor)).has(action))
  }
  /** Asked when a session opens and before each step of it: an explicit deny wins, and says by which dimension. */
  const sessionDenial = async (actor: PersonActor, act: SessionAct): Promise<SessionDenial | undefined> => {
    const { action, ...session } = act
    const request = { ...requestOf(actor, action, `target/${session.targetName}`), session }
    const verdict = judgePolicies(await inForce(actor.tenantId), request)
    if (verdict.decision !== 'deny') return undefined
    return { policy: verdict.by!.name, dimensions: verdict.dimensions ?? [], target: session.targetName }
  }
  const everyAction = [...new Set(roleCodes.flatMap((code) => roles[code].actions))]
  /** All actions allowed now on some object; a denial for one object alone shows when it is asked for. */
  const actionsOf = async (actor: Actor): Promise<ReadonlySet<string>> => {
    if (actor.kind !== 'person') return new Set()
    const policies = await inForce(actor.tenantId)
    const held = actionsOfRoles(rolesInForce(actor))
    if (policies.length === 0) return held
    const found = everyAction.filter((action) => {
      const { decision } = judgePolicies(policies, requestOf(actor, action, '*'))
      return decision === 'allow' || (decision === 'none' && held.has(action))
    })
    return new Set(found)
  }

  const toViews = async (tx: ReadTx, actor: PersonActor, rows: readonly PolicyRow[]): Promise<contract.PolicyView[]> => {
    const ids = rows.flatMap((row) => [row.draftedBy, ...(row.activatedBy ? [row.activatedBy] : [])])
    const names = await deps.names(tx, [...new Set(ids)])
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      roles: row.roles,
      document: row.document,
      state: row.state,
      draftedBy: names.get(row.draftedBy) ?? '—',
      draftedAt: row.draftedAt.toISOString(),
      activatedBy: row.activatedBy ? (names.get(row.activatedBy) ?? '—') : null,
      activatedAt: row.activatedAt?.toISOString() ?? null,
      activateRefusal: activateRefusal(row, actor.personId) ?? null,
    }))
  }
  const one = async (tx: Tx, actor: PersonActor, id: string) =>
    (await toViews(tx, actor, [await lock(tx, id, actor.tenantId)]))[0]!

  const routes: Route[] = [
    look(contract.listPolicies, async (tx, actor) => ({ view: { items: await toViews(tx, actor, await listAll(tx)) } })),
    handle(contract.draftPolicy, async (tx, actor, { body }) => {
      refuseIf(policyRefusal(body.document, body.roles))
      // Nobody widens what they themselves may do (S9); narrowing oneself is allowed.
      const widens = body.document.statements.some((statement) => statement.effect === 'Allow')
      if (widens && body.roles.some((role) => actor.roles.includes(role))) throw new Refusal('access.own_policy')
      const at = deps.clock.now()
      const id = newId(at.getTime())
      await sql`insert into access_policy (id, tenant_id, name, roles, document, state, drafted_by, drafted_at)
        values (${id}, ${actor.tenantId}, ${body.name}, ${body.roles}, ${JSON.stringify(body.document)}::jsonb, 'draft', ${actor.personId}, ${at})`.execute(
        tx,
      )
      const event = {
        type: 'policy.drafted',
        object: `policy/${id}`,
        name: body.name,
        roles: body.roles,
        document: body.document,
      }
      return { view: await one(tx, actor, id), events: [event] }
    }),
    handle(contract.activatePolicy, async (tx, actor, { params }) => {
      const row = await lock(tx, params.policyId, actor.tenantId)
      refuseIf(activateRefusal(row, actor.personId))
      await sql`update access_policy set state = 'active', activated_by = ${actor.personId}, activated_at = ${deps.clock.now()} where id = ${row.id}`.execute(
        tx,
      )
      cache.delete(actor.tenantId)
      return {
        view: await one(tx, actor, row.id),
        events: [{ type: 'policy.activated', object: `policy/${row.id}`, name: row.name }],
      }
    }),
    handle(contract.retirePolicy, async (tx, actor, { params }) => {
      const row = await lock(tx, params.policyId, actor.tenantId)
      if (row.state === 'retired') throw new Refusal('access.policy_not_draft')
      await sql`update access_policy set state = 'retired', retired_at = ${deps.clock.now()} where id = ${row.id}`.execute(tx)
      cache.delete(actor.tenantId)
      return {
        view: await one(tx, actor, row.id),
        events: [{ type: 'policy.retired', object: `policy/${row.id}`, name: row.name }],
      }
    }),
    look(contract.simulatePolicy, async (_tx, actor, { body }) => {
      const now = body.at ? new Date(body.at) : deps.clock.now()
      const mfaAt = body.mfaAgeSeconds === null ? undefined : new Date(now.getTime() - body.mfaAgeSeconds * 1000)
      const { action, resource, sourceIp, door, terminalRegistered } = body
      const verdict = judgePolicies(await inForce(actor.tenantId), {
        action,
        resource,
        roles: body.roles,
        now,
        sourceIp,
        door,
        terminalRegistered,
        mfaAt,
        inNetwork,
      })
      const byRole = body.roles.filter(isRole).filter((role) => roles[role].actions.includes(action))
      return {
        view: {
          allowed: verdict.decision === 'allow' || (verdict.decision === 'none' && byRole.length > 0),
          byRole,
          decision: verdict.decision,
          policy: verdict.by && { id: verdict.by.policyId, name: verdict.by.name, statement: verdict.by.statement },
        },
      }
    }),
  ]
  return { routes, isAllowed, actionsOf, sessionDenial }
}
const activateRefusal = (row: Pick<PolicyRow, 'state' | 'draftedBy'>, personId: string) =>
  row.state !== 'draft'
    ? ('access.policy_not_draft' as const)
    : row.draftedBy === personId
      ? ('access.second_person_required' as const)
      : undefined

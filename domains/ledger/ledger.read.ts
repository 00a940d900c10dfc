import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { LedgerRow } from './ledger.contract.ts'
import type { LedgerBody } from './ledger.model.ts'

interface HeadSignature {
  alg: string
  keyId: string
}

export interface LedgerFilter {
  tenantId: string
  plane: Plane
  before?: number
  act?: string
  decision?: 'done' | 'refused'
  changeId?: string
  rule?: string
  text?: string
  limit: number
}
export interface StoredRecord {
  seq: number
  body: string
  prev: string
  hash: string
}

export async function listRecords(tx: ReadTx, filter: LedgerFilter): Promise<StoredRecord[]> {
  let query = tx
    .selectFrom('ledger_record')
    .select(['seq', 'body', 'prev', 'hash'])
    .where('tenant_id', '=', filter.tenantId)
    .where('plane', '=', filter.plane)
  if (filter.before !== undefined) query = query.where('seq', '<', filter.before)
  if (filter.act) query = query.where('act', 'like', `${filter.act.replace(/[%_\\]/g, '\\$&')}%`)
  if (filter.decision) query = query.where('decision', '=', filter.decision)
  if (filter.changeId) query = query.where('change_id', '=', filter.changeId)
  if (filter.rule) query = query.where('rule', '=', filter.rule)
  if (filter.text) query = query.where(sql<boolean>`body like ${`%${filter.text.replace(/[%_\\]/g, '\\$&')}%`}`)
  return query.orderBy('seq', 'desc').limit(filter.limit).execute()
}

export const listRange = (tx: ReadTx, tenantId: string, plane: Plane, from: number, limit: number): Promise<StoredRecord[]> =>
  tx
    .selectFrom('ledger_record')
    .select(['seq', 'body', 'prev', 'hash'])
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .where('seq', '>=', from)
    .orderBy('seq')
    .limit(limit)
    .execute()

export const listHeads = (tx: ReadTx, tenantId: string, plane: Plane, limit: number) =>
  tx
    .selectFrom('ledger_tree_head')
    .select(['size', 'root', 'last', 'at', 'payload', 'signatures'])
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .orderBy('size', 'desc')
    .limit(limit)
    .execute()

export interface ChainRow {
  tenant_id: string
  plane: Plane
  size: number
  last_at: Date | null
  tenant_name: string | null
  witnessed_size: number | null
  witnessed_at: Date | null
  witnessed_signatures: HeadSignature[] | null
  refusal: string | null
  refused_at: Date | null
  recheck_at: Date | null
  recheck_faults: number | null
  recheck_segments: number | null
}
export const listChainRows = async (tx: ReadTx): Promise<ChainRow[]> =>
  (
    await sql<ChainRow>`select c.tenant_id, c.plane, c.size, c.last_at, n.name_zh as tenant_name,
        w.size as witnessed_size, w.at as witnessed_at, w.signatures as witnessed_signatures, a.refusal, a.refused_at,
        r.at as recheck_at, r.faults as recheck_faults, r.segments as recheck_segments
      from ledger_chain c left join pub_tenant_name n on n.tenant_id = c.tenant_id
      left join lateral (select size, at, signatures from ledger_witnessed_head h where h.tenant_id = c.tenant_id and h.plane = c.plane
        order by size desc limit 1) w on true
      left join lateral (select at, faults, segments from ledger_recheck k where k.tenant_id = c.tenant_id and k.plane = c.plane
        order by at desc limit 1) r on true
      left join ledger_witness_attempt a on a.tenant_id = c.tenant_id and a.plane = c.plane
      order by n.name_zh nulls first, c.plane limit 500`.execute(tx)
  ).rows

export function toRow(stored: StoredRecord): LedgerRow {
  const body = JSON.parse(stored.body) as LedgerBody
  return {
    seq: body.seq,
    at: body.at,
    act: body.act,
    object: body.object,
    changeId: body.change ?? null,
    decision: body.decision,
    code: body.code ?? null,
    rule: body.rule ?? null,
    actorName: body.actor.name ?? body.actor.service ?? '',
    actorRole: body.actor.role ?? null,
    door: body.actor.door,
    sourceIp: body.actor.ip,
    data: { ...body.data },
    prev: stored.prev,
    hash: stored.hash,
  }
}

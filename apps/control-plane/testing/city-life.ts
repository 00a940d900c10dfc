import { generateKeyPairSync } from 'node:crypto'
import { newId } from '@huabiao/kit/ids/new-id'
import type pg from 'pg'
import type { Pool } from './arbitrary.ts'
import type { Harness } from './harness.ts'

/** Objects of every kind, in several states, so that requests have something to find, to list and to act on. */
export async function liveALittle(h: Harness): Promise<void> {
  const { call } = h
  const systems = (await call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
  const systemIds = [systems.items.find((system) => system.code === 'portal')!.id]
  for (const acts of [[], ['submit']]) {
    const { body } = await call('zhao.ming', 'POST', '/changes', { title: '门户巡检', reason: '例行', systemIds })
    for (const act of acts) await h.act('zhao.ming', (body as { id: string }).id, act)
  }
  const notAfter = new Date(Date.now() + 30 * 86_400_000).toISOString()
  await call('qian.wei', 'POST', '/permission-requests', { role: 'RLS', reason: '版本发布期间代理', notAfter })
  const statements = [{ effect: 'Deny', actions: ['change:execute'], resources: ['change/none'] }]
  await call('yang.an', 'POST', '/policies', { name: '夜间限制', roles: ['NET'], document: { version: '1', statements } })
  await call('han.guan', 'POST', '/terminals', { name: '运维区', cidr: '10.20.0.0/16' })
  const accounts = (await call('han.guan', 'GET', '/accounts?limit=100')).body as { items: { id: string; login: string }[] }
  const privileged = accounts.items.find(({ login }) => login === 'zhu.cha')!
  await call('han.guan', 'POST', `/accounts/${privileged.id}/reset-password`, { reason: '忘记口令' })
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), raw])
  await call('wu.di', 'POST', '/me/ssh-keys', { name: '工作站', publicKey: `ssh-ed25519 ${blob.toString('base64')}` })
  await beginAChange(h)
}
/** A change with an open session and its first step queued. */
async function beginAChange(h: Harness): Promise<void> {
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  const open = (await h.claim()).find((work) => work.kind === 'open')!
  await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  await h.runNext(await h.read(id))
}

/** The first ids of every table, by table. */
export async function idsByTable(owner: pg.Client, where = 'true'): Promise<Map<string, string[]>> {
  const { rows: tables } = await owner.query<{ t: string; tenant: boolean }>(
    `select c.table_name as t, bool_or(c.column_name = 'tenant_id') as tenant
     from information_schema.columns c join information_schema.tables i using (table_schema, table_name)
     where table_schema = 'public' and i.table_type = 'BASE TABLE'
     group by 1 having bool_or(c.column_name = 'id' and c.udt_name = 'uuid') order by 1`,
  )
  const found = new Map<string, string[]>()
  for (const { t, tenant } of tables) {
    const { rows } = await owner.query<{ id: string }>(
      `select id from ${t} where ${tenant ? where : 'true'} order by id limit 12`,
    )
    found.set(
      t,
      rows.map(({ id }) => id),
    )
  }
  return found
}
/** Ids of the tables whose name has the word of a place (`changeId`: change_request …), or of all tables where none has. */
export function idsFor(tables: ReadonlyMap<string, readonly string[]>, place: string, ofEach: number): string[] {
  const word = place.replace(/Ids?$/, '').toLowerCase()
  const named = [...tables].filter(([table]) => word !== '' && table.includes(word)).flatMap(([, ids]) => ids.slice(0, ofEach))
  return named.length > 0 ? named : [...tables.values()].flatMap((ids) => ids.slice(0, ofEach))
}
export async function poolOf(owner: pg.Client, bootId: string): Promise<Pool> {
  const tables = await idsByTable(owner)
  const { rows } = await owner.query<{ hash: string }>(
    'select distinct plan_hash as hash from change_request where plan_hash is not null',
  )
  return {
    idsFor: (name) => (name === 'bootId' ? [bootId] : [...idsFor(tables, name, 12), newId()]),
    digests: [...rows.map(({ hash }) => hash), 'f'.repeat(64)],
  }
}

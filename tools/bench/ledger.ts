import type { PersonActor } from '@huabiao/kit/actor/actor'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import { openDatabase } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { ledgerService, type RecordableEvent } from '../../domains/ledger/ledger.service.ts'
import { startDatabase } from './database.ts'
import { dash, ms, noGoal, perSecond, type Row, times } from './row.ts'
import { interleaved, median, quantile, timed } from './timing.ts'

/**
 * The ledger as every act appends to it: `append` in a transaction of the application's role, through row security, the check that the
 * chain goes on and the append-only triggers, committed to disk. The peer inserts rows of the same bytes, already made, into a table of
 * the same columns and keys that checks nothing.
 */

const actor = (tenantId: string): PersonActor =>
  ({
    kind: 'person',
    personId: newId(),
    accountId: newId(),
    tenantId,
    party: 'service-provider',
    name: '赵明',
    roles: ['ENG', 'SYS'],
    role: 'ENG',
    logonSessionId: 'a'.repeat(43),
    terminalId: undefined,
    door: 'console',
    sourceIp: '10.8.3.7',
    mfaAt: new Date(),
  }) as unknown as PersonActor
const event = (i: number): RecordableEvent => ({
  type: 'change.step_finished',
  object: `change/${newId()}`,
  changeId: newId(),
  no: `CHG-20261124-${String(i).padStart(4, '0')}`,
  stepKey: 'deploy',
  phase: 'execute',
  target: 'portal-web-01',
  outcome: 'exited',
  exitCode: 0,
  outputSha256: 'c'.repeat(64),
  durationMs: 1_250,
})
const groupSize = 200
const columns = 'tenant_id, plane, seq, at, act, object, change_id, person_id, actor_name, decision, code, rule, body, prev, hash'
const types = ['uuid', 'text', 'bigint', 'timestamptz', 'text', 'text', 'uuid', 'uuid', ...Array(7).fill('text')]

/** Rows as the ledger wrote them, for another table: everything but the work of making and checking them. */
async function plainRows(owner: pg.Client, count: number): Promise<unknown[][]> {
  const { rows } = await owner.query<Record<string, unknown>>(
    `select ${columns} from ledger_record order by tenant_id, plane, seq limit ${count}`,
  )
  return columns.split(', ').map((name) => rows.map((row) => row[name]))
}

export async function ledger(): Promise<Row[]> {
  const database = await startDatabase()
  const db = openDatabase({ url: database.appUrl })
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  const plain = new pg.Client({ connectionString: database.appUrl })
  try {
    await owner.connect()
    await plain.connect()
    await owner.query('create table plain (like ledger_record including defaults including indexes)')
    await owner.query('grant insert on plain to huabiao_app')
    const { append } = ledgerService({ clock: systemClock, suite: gmSuite })
    const who = actor(newId())
    const events = Array.from({ length: groupSize }, (_, i) => event(i))
    const group = (of: readonly RecordableEvent[]): Promise<void> => db.transact(who, (tx) => append(tx, who, of))
    await group(events)
    const made = await plainRows(owner, groupSize)
    const sql = `insert into plain (${columns}) select * from unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')})`
    let next = 1
    const insert = async (count: number): Promise<void> => {
      const seq = Array.from({ length: count }, () => next++)
      await plain.query(
        sql,
        made.map((values, i) => (i === 2 ? seq : values.slice(0, count))),
      )
    }
    const grouped = await interleaved(60, { ours: () => group(events), peer: () => insert(groupSize) }, 10)
    const single = await interleaved(200, { ours: () => group(events.slice(0, 1)), peer: () => insert(1) }, 20)
    const each = 50
    const storm = async (): Promise<void> => {
      await Promise.all(
        Array.from({ length: writers }, async () => {
          for (let i = 0; i < each; i += 1) await group(events.slice(0, 1))
        }),
      )
    }
    const together = []
    for (let round = 0; round < 5; round += 1) together.push((writers * each * 1_000) / (await timed(storm)))
    return figures(grouped, single, together)
  } finally {
    await owner.end()
    await plain.end()
    await db.close()
    await database.stop()
  }
}

interface Pair {
  readonly ours: readonly number[]
  readonly peer: readonly number[]
}
const writers = 8
function figures(grouped: Pair, single: Pair, together: readonly number[]): Row[] {
  const [ours, peer] = [median(grouped.ours), median(grouped.peer)].map((took) => (groupSize * 1_000) / took) as [number, number]
  const [one, other] = [median(single.ours), median(single.peer)]
  return [
    {
      what: `ledger: group commit, ${groupSize} records in one transaction`,
      ours: perSecond(ours),
      peer: `plain INSERT of the same rows ${perSecond(peer)}`,
      ratio: times(ours / peer),
      goal: '≥ 20,000/s',
      met: ours >= 20_000,
    },
    {
      what: 'ledger: one record, durable',
      ours: `p50 ${ms(one)}, p95 ${ms(quantile(single.ours, 0.95))}`,
      peer: `plain INSERT p50 ${ms(other)}, p95 ${ms(quantile(single.peer, 0.95))}`,
      ratio: times(one / other),
      goal: '≤ 5 ms',
      met: one <= 5,
    },
    {
      what: `ledger: ${writers} acts at once on one chain, a transaction each`,
      ours: perSecond(median(together)),
      peer: dash,
      ratio: dash,
      ...noGoal,
    },
  ]
}

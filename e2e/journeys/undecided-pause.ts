import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { getTimeline } from '@huabiao/domains/change/change-overview.contract'
import pg from 'pg'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, may, prepareChange, runNext, until } from '../portal-change.ts'

/** Nobody decides a pause: what the approved plan asked for is done by the platform on the real machine, and people verify it. */
export async function undecidedPause(on: Deployment): Promise<void> {
  const target = on.targets.find((one) => one.name === 'portal-app-01')!
  const version = (): string => readFileSync(join(target.root, 'app', 'VERSION'), 'utf8').trim()
  const before = version()
  const ready = await prepareChange(on, {
    title: '应用升级，无人处置',
    targetNames: [target.name],
    version: '2.6.0',
    plan: (plan) => ({
      ...plan,
      autoRollback: true,
      steps: plan.steps.map((step) =>
        step.key === 'deploy'
          ? { ...step, expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'never said' }] } }
          : step,
      ),
    }),
  })
  const params = { changeId: ready.id }
  await bePresent(on, ready.id)
  await (await on.as(cast.executor))(execution.beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  for (let i = 0; i < 20 && (await look(on, ready.id)).state !== 'paused'; i += 1) {
    await bePresent(on, ready.id)
    await runNext(on, ready.id)
  }
  const paused = await until(on, ready.id, (now) => now.state === 'paused')
  assert.equal(paused.pauseReason, 'expectation-failed')
  assert.notEqual(version(), before, 'it was deployed before it was found wanting')
  await letPass(on, ready.id)
  // From here on nobody does anything.
  const back = await until(on, ready.id, (now) => now.state === 'verifying', cast.executor, 90_000)
  assert.deepEqual(
    back.runs.filter((run) => run.phase === 'rollback').map((run) => [run.state, run.target.name]),
    [['succeeded', target.name]],
  )
  assert.equal(version(), before, 'the machine is as it was')
  const { items } = await (await on.as(cast.auditor))(getTimeline, { params })
  const own = items.filter((entry) => ['deadline', 'rollBack', 'rolledBack'].includes(entry.act))
  assert.equal(own.length, 3)
  assert.ok(
    own.every((entry) => entry.role === null),
    'recorded as the platform’s own acts',
  )
  await (await on.as(cast.reviewer))(execution.passVerification, { params, body: { reason: '已恢复原版本。' } })
}

/** A quarter of an hour passes: the database's owner gives the pause a due time that lies behind. */
async function letPass(on: Deployment, changeId: string): Promise<void> {
  const read = (path: string) => JSON.parse(readFileSync(join(on.state, path), 'utf8'))
  const { owner } = read('secrets.json') as { owner: string }
  const { ports } = read('run/state.json') as { ports: { postgres: number } }
  const client = new pg.Client({ connectionString: `postgres://huabiao_owner:${owner}@127.0.0.1:${ports.postgres}/huabiao` })
  await client.connect()
  const { rowCount } = await client.query(
    `insert into change_deadline (change_id, name, due_at, tenant_id, party_ids, calendar, started_at)
     select change_id, name, due_at - interval '16 minutes', tenant_id, party_ids, calendar, started_at - interval '16 minutes'
     from change_deadline where change_id = $1 and name = 'decide' and fired_at is null and cancelled_at is null`,
    [changeId],
  )
  await client.end()
  assert.equal(rowCount, 1)
}

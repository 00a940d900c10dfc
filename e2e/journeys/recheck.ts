import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listChains } from '@huabiao/domains/ledger/ledger.contract'
import { listNotifications } from '@huabiao/domains/notification/notification.contract'
import type { Deployment } from '../deployment.ts'
import { firstChange } from './first-change.ts'

const patienceMs = 240_000

async function healthUntil(on: Deployment, state: string): Promise<void> {
  const end = performance.now() + patienceMs
  for (let last = ''; ; ) {
    const { recheck } = (await (await fetch(`${on.url}/api/v1/health`)).json()) as { recheck: { state: string } }
    last = recheck.state
    if (last === state) return
    assert.ok(performance.now() < end, `the recheck is ${last}, never ${state}`)
    await sleep(1_000)
  }
}

/** Files of recorded segments, which are compressed with Zstandard (RFC 8878). */
function recordings(on: Deployment): string[] {
  const evidence = join(on.state, 'control-plane', 'evidence')
  return readdirSync(evidence, { recursive: true, encoding: 'utf8' })
    .map((name) => join(evidence, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).subarray(0, 4).toString('hex') === '28b52ffd')
}

/** A day has passed for the inspector, which its supervisor starts again. */
function nextDay(on: Deployment): void {
  rmSync(join(on.state, 'recheck', 'last-round.json'), { force: true })
  const { pid } = JSON.parse(readFileSync(join(on.state, 'run', 'recheck.pid.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGTERM')
}

/** The inspector under its own account and the permission model: whole evidence holds, a turned byte is an alarm, put right it holds again (NT-D05). */
export async function recheck(on: Deployment): Promise<void> {
  if (recordings(on).length === 0) await firstChange(on)
  const [file] = recordings(on)
  assert.ok(file, 'a recording is kept')
  // A head is signed within ten seconds of the last record.
  await sleep(14_000)
  nextDay(on)
  await healthUntil(on, 'current')
  const auditor = await on.as('zhu.cha')
  const held = (await auditor(listChains)).items.find((one) => one.recheck && one.recheck.segments > 0)
  assert.equal(held?.recheck?.faults, 0)

  const whole = readFileSync(file)
  const turned = Buffer.from(whole)
  turned[turned.length >> 1]! ^= 1
  writeFileSync(file, turned)
  nextDay(on)
  await healthUntil(on, 'failed')
  for (const login of ['zhu.cha', 'yang.an', 'xu.jian']) {
    const { items } = await (await on.as(login))(listNotifications, { query: { limit: 50 } })
    assert.ok(
      items.some((one) => one.kind === 'ledger.recheck_failed' && one.params.code === 'evidence_altered'),
      login,
    )
  }
  const doctor = await on.command('doctor')
  assert.ok(doctor.code === 1 && doctor.text.includes('daily recheck'), doctor.text)
  writeFileSync(file, whole)
  nextDay(on)
  await healthUntil(on, 'current')
}

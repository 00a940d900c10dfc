import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { logonPassword, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import { listNotifications } from '@huabiao/domains/notification/notification.contract'
import { apiClient } from '@huabiao/kit/http/client'
import { type Deployment, startDeployment } from '../deployment.ts'
import { asSuperuser, rewriteChain } from '../rewritten-ledger.ts'

const verifier = join(import.meta.dirname, '..', '..', 'apps', 'verify', 'huabiao-verify.mjs')
const patienceMs = 180_000

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`never: ${what}`)
    await sleep(1_000)
  }
}
const childPid = (on: Deployment, name: string): number =>
  (JSON.parse(readFileSync(join(on.state, 'run', `${name}.pid.json`), 'utf8')) as { pid: number }).pid
const health = async (on: Deployment) =>
  (await (await fetch(`${on.url}/api/v1/health`)).json()) as { witness: { state: string; lastAt: string | null } }

/** The provider's chain as the auditor is shown it. */
async function chainOf(on: Deployment) {
  const auditor = await on.as('zhu.cha')
  const { items, hasWitness } = await auditor(listChains)
  assert.ok(hasWitness, 'the demo has a witness')
  const { tenantId } = items.find((one) => one.tenantName?.includes('华州云服务') && one.plane === 'platform')!
  return items.find((one) => one.tenantId === tenantId && one.plane === 'platform')!
}

async function exportOf(on: Deployment, tenantId: string, file: string): Promise<void> {
  const visitor = apiClient({ baseUrl: on.url, headers: () => ({ 'x-huabiao-client': 'cli' }) })
  const { challenge } = await visitor(logonPassword, { body: { login: 'zhu.cha', password: on.account('zhu.cha').password } })
  const { token } = await visitor(logonTotp, { body: { challenge, code: await on.code('zhu.cha') } })
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${on.url}/api/v1/ledger/export?tenantId=${tenantId}&plane=platform`, { headers })
  assert.equal(answer.status, 200)
  writeFileSync(file, await answer.text())
}

/**
 * The owner of the database rewrites a record and links the chain anew; the signer's memory is wiped with it. The witness of the
 * supervision side refuses, says so to everybody concerned, and the verifier names the place with what the witness kept.
 */
export async function witness(): Promise<void> {
  const on = await startDeployment()
  try {
    await grows(on)
    await away(on)
    await rewritten(on)
  } finally {
    await on.stop()
  }
}

/** Work goes on and is witnessed; the export holds with the witness's own keys. */
async function grows(on: Deployment): Promise<void> {
  for (const login of ['zhao.ming', 'qian.wei', 'yang.an', 'xu.jian']) await on.as(login)
  const chain = await until('the newest head is witnessed', async () => {
    const one = await chainOf(on)
    return one.witnessed && one.head && one.witnessed.size === one.head.size && one.size > 3 ? one : undefined
  })
  assert.deepEqual(chain.witnessed?.signatures.map(({ alg }) => alg).sort(), ['ed25519', 'sm2'])
  assert.equal(chain.witnessRefusal, null)
  assert.equal((await health(on)).witness.state, 'current')
  const file = join(on.state, 'before.jsonl')
  await exportOf(on, chain.tenantId, file)
  const whole = verify(on, file)
  assert.equal(whole.status, 0, whole.stdout + whole.stderr)
  const status = await on.command('status')
  assert.ok(status.code === 0 && status.text.includes('witness'), status.text)
}

function verify(on: Deployment, file: string, ...more: string[]) {
  const keys = ['--keys', join(on.state, 'signer', 'keys.json'), '--witness-keys', join(on.state, 'witness', 'keys.json')]
  return spawnSync(process.execPath, [verifier, file, ...keys, ...more], { encoding: 'utf8' })
}

/** While the witness is away people log on and heads are signed; afterwards the newest is witnessed by itself. */
async function away(on: Deployment): Promise<void> {
  const before = await chainOf(on)
  const pid = childPid(on, 'witness')
  process.kill(pid, 'SIGSTOP')
  try {
    await on.as('sun.jie')
    await until('heads go on while the witness is away', async () =>
      ((await chainOf(on)).head?.size ?? 0) > (before.head?.size ?? 0) ? true : undefined,
    )
    assert.notEqual((await health(on)).witness.state, 'none')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await until('what was missed is witnessed', async () => {
    const one = await chainOf(on)
    return (one.witnessed?.size ?? 0) > (before.head?.size ?? 0) ? true : undefined
  })
}

async function rewritten(on: Deployment): Promise<void> {
  const { tenantId, witnessed } = await chainOf(on)
  const seq = Math.max(2, Math.floor(witnessed!.size / 2))
  await asSuperuser(on, (client) =>
    rewriteChain(client, { tenantId, plane: 'platform', seq }, (body) => ({ ...body, object: 'account/somebody-else' })),
  )
  // The signer would refuse: its memory goes too, as with a machine restored from an old backup. The supervisor starts it again.
  const signer = childPid(on, 'signer')
  rmSync(join(on.state, 'signer', 'tree-heads.jsonl'))
  process.kill(signer, 'SIGKILL')
  await on.as('li.na')
  await until('the witness refuses', async () => ((await health(on)).witness.state === 'refused' ? true : undefined))
  const chain = await chainOf(on)
  assert.ok(chain.witnessRefusal?.code.startsWith('witness.history_'), JSON.stringify(chain.witnessRefusal))
  assert.equal(chain.witnessed, null, 'what it signed before was deleted with the rest, and nothing new is signed')
  for (const login of ['zhu.cha', 'yang.an', 'xu.jian']) {
    const { items } = await (await on.as(login))(listNotifications, { query: { limit: 50 } })
    const told = items.filter((one) => one.kind === 'ledger.history_refused' && one.object === `ledger/${tenantId}/platform`)
    assert.equal(told.length, 1, `${login} is told once`)
  }
  const { items } = await (await on.as('zhu.cha'))(listLedger, {
    query: { tenantId, plane: 'platform', act: 'ledger.history_refused', limit: 10 },
  })
  assert.equal(items[0]?.rule, 'RL-13')
  const doctor = await on.command('doctor')
  assert.ok(doctor.code === 1 && /contradictions/.test(doctor.text), doctor.text)
  await named(on, tenantId, seq)
}

/** The rewritten export holds by the platform's own signatures; with what the witness kept, the place is named. */
async function named(on: Deployment, tenantId: string, seq: number): Promise<void> {
  const file = join(on.state, 'after.jsonl')
  await until('a head covers the rewritten chain', async () => {
    const one = await chainOf(on)
    return one.head?.size === one.size ? true : undefined
  })
  await exportOf(on, tenantId, file)
  const byPlatform = spawnSync(process.execPath, [verifier, file, '--keys', join(on.state, 'signer', 'keys.json')], {
    encoding: 'utf8',
  })
  assert.equal(byPlatform.status, 0, `nothing else can tell: ${byPlatform.stdout}`)
  const kept = join(on.state, 'witness-heads.jsonl')
  copyFileSync(join(on.state, 'witness', 'heads', `demo+${tenantId}+platform.jsonl`), kept)
  const found = verify(on, file, '--witness', kept, '--json')
  assert.equal(found.status, 1, found.stderr)
  const { findings } = JSON.parse(found.stdout) as { findings: { code: string; seq: number; to: number }[] }
  const place = findings.find((one) => one.code === 'witness_root')
  assert.ok(place && place.seq <= seq && seq <= place.to, `record ${seq} is in ${JSON.stringify(findings)}`)
}

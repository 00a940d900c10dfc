import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { getChange, listChanges } from '@huabiao/domains/change/change.contract'
import { beginChange, cosignStep, runNext, sayPresent } from '@huabiao/domains/change/change-execution.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { health } from '../../apps/control-plane/app.ts'
import type { Deployment } from '../../e2e/deployment.ts'
import { bePresent, cast, look, may, prepareChange, until } from '../../e2e/portal-change.ts'
import { dash, ms, noGoal, perSecond, type Row, times } from './row.ts'
import { interleaved, median, quantile, rates } from './timing.ts'

/** Digests and signatures beside those the world uses. */
export async function crypto(): Promise<Row[]> {
  const block = new Uint8Array(64 * 1024).fill(7)
  const { privateKey } = generateKeyPairSync('ed25519')
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const found = rates({
    sm3: () => sm3(block),
    sha256: () => createHash('sha256').update(block).digest(),
    ed25519: () => sign(null, block.subarray(0, 512), privateKey),
    p256: () => sign('sha256', block.subarray(0, 512), ec),
  })
  const mib = (rate: number): string => `${Math.round((rate * block.length) / 2 ** 20).toLocaleString('en-US')} MiB/s`
  return [
    {
      what: 'digest: SM3 of 64 KiB',
      ours: mib(found.sm3),
      peer: `SHA-256 ${mib(found.sha256)}`,
      ratio: times(found.sm3 / found.sha256),
      ...noGoal,
    },
    {
      what: 'signature: Ed25519',
      ours: perSecond(found.ed25519),
      peer: `ECDSA P-256 ${perSecond(found.p256)}`,
      ratio: times(found.ed25519 / found.p256),
      ...noGoal,
    },
  ]
}

/** What people ask for, over REST, from the request to the answer. */
export async function rest(on: Deployment): Promise<Row[]> {
  const executor = await on.as(cast.executor)
  const reviewer = await on.as(cast.reviewer)
  const ready = await prepareChange(on, { title: '测量', targetNames: ['portal-web-01', 'portal-web-02'], version: '2.4.0' })
  const params = { changeId: ready.id }
  const asked = {
    'GET /me: session, roles, permissions': () => executor(getMe),
    'one change, everything about it': () => executor(getChange, { params }),
    'list of changes': () => executor(listChanges, { query: {} }),
    'my work': () => executor(getMyWork),
    'presence heartbeat': () => reviewer(sayPresent, { params }),
    health: () => executor(health),
  }
  const found = await interleaved(150, asked, 10)
  const floor = median(found.health)
  const show = (took: readonly number[]): string => `p50 ${ms(median(took))}, p95 ${ms(quantile(took, 0.95))}`
  const rows = Object.entries(found)
    .filter(([name]) => name !== 'health')
    .map(([name, took]): Row => {
      const ratio = times(median(took) / floor)
      return { what: `REST: ${name}`, ours: show(took), peer: `GET /health ${show(found.health)}`, ratio, ...noGoal }
    })
  return [...rows, ...(await steps(on, ready.id, ready.no, floor))]
}

async function steps(on: Deployment, changeId: string, no: string, floor: number): Promise<Row[]> {
  const executor = await on.as(cast.executor)
  const reviewer = await on.as(cast.reviewer)
  const params = { changeId }
  await bePresent(on, changeId)
  await executor(beginChange, { params, body: { confirm: no } })
  await until(on, changeId, (now) => may(now, 'runNext'))
  const asked: number[] = []
  const whole: number[] = []
  for (let i = 0; i < 4; i += 1) {
    await bePresent(on, changeId)
    const { next } = await look(on, changeId)
    if (!next) break
    const { stepKey, targetId, phase } = next
    if (next.needsCosign) await reviewer(cosignStep, { params, body: { stepKey, targetId, phase } })
    const from = performance.now()
    const { runs } = await executor(runNext, { params, body: { stepKey, targetId } })
    asked.push(performance.now() - from)
    const { id } = runs.at(-1)!
    while (['granted', 'started'].includes((await look(on, changeId)).runs.find((run) => run.id === id)!.state));
    whole.push(performance.now() - from)
  }
  const row = (what: string, took: readonly number[]): Row => ({
    what,
    ours: `p50 ${ms(median(took))} of ${took.length}`,
    peer: `GET /health p50 ${ms(floor)}`,
    ratio: dash,
    ...noGoal,
  })
  return [
    row('step: all guards, intent written, signed twice, queued', asked),
    row('step: through the bastion until its result is judged', whole),
  ]
}

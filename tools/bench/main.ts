// Measures the paths that must be fast, each beside its peer in the same run, on a deployment of its own. Figures go to docs/bench.md.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { getChange, listChanges } from '@huabiao/domains/change/change.contract'
import { beginChange, cosignStep, runNext, sayPresent } from '@huabiao/domains/change/change-execution.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { startDeployment } from '../../e2e/deployment.ts'
import { bePresent, cast, look, may, prepareChange, until } from '../../e2e/portal-change.ts'

interface Row {
  what: string
  value: string
  peer: string
}
const rows: Row[] = []
const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!

async function sample(times: number, work: () => Promise<unknown>): Promise<{ p50: number; p95: number }> {
  for (let i = 0; i < Math.min(10, times); i += 1) await work()
  const found: number[] = []
  for (let i = 0; i < times; i += 1) {
    const from = performance.now()
    await work()
    found.push(performance.now() - from)
  }
  found.sort((a, b) => a - b)
  return { p50: quantile(found, 0.5), p95: quantile(found, 0.95) }
}
const show = ({ p50, p95 }: { p50: number; p95: number }): string => `p50 ${ms(p50)}, p95 ${ms(p95)}`

function rate(work: () => unknown): number {
  const until = performance.now() + 300
  let count = 0
  while (performance.now() < until) {
    work()
    count += 1
  }
  return count / 0.3
}

/** Digests and signatures beside those the world uses. */
function crypto(): void {
  const block = new Uint8Array(64 * 1024).fill(7)
  const mib = (perSecond: number): string => `${((perSecond * block.length) / 2 ** 20).toFixed(0)} MiB/s`
  rows.push({
    what: 'SM3 of 64 KiB',
    value: mib(rate(() => sm3(block))),
    peer: `SHA-256 ${mib(rate(() => createHash('sha256').update(block).digest()))}`,
  })
  const { privateKey } = generateKeyPairSync('ed25519')
  rows.push({
    what: 'Ed25519 signature',
    value: `${rate(() => sign(null, block.subarray(0, 512), privateKey)).toFixed(0)} /s`,
    peer: '—',
  })
}

crypto()
const on = await startDeployment()
try {
  const executor = await on.as(cast.executor)
  const reviewer = await on.as(cast.reviewer)
  const bare = await sample(300, () => fetch(`${on.url}/api/v1/health`).then((answer) => answer.text()))
  rows.push({
    what: 'GET /me: session, roles, permissions',
    value: show(await sample(300, () => executor(getMe))),
    peer: `GET /health ${show(bare)}`,
  })
  const ready = await prepareChange(on, { title: '测量', targetNames: ['portal-web-01', 'portal-web-02'], version: '2.4.0' })
  const params = { changeId: ready.id }
  rows.push({
    what: 'one change, everything about it',
    value: show(await sample(200, () => executor(getChange, { params }))),
    peer: `GET /health ${show(bare)}`,
  })
  rows.push({
    what: 'list of changes',
    value: show(await sample(200, () => executor(listChanges, { query: {} }))),
    peer: `GET /health ${show(bare)}`,
  })
  rows.push({ what: 'my work', value: show(await sample(100, () => executor(getMyWork))), peer: `GET /health ${show(bare)}` })
  rows.push({
    what: 'presence heartbeat',
    value: show(await sample(200, () => reviewer(sayPresent, { params }))),
    peer: `GET /health ${show(bare)}`,
  })

  await bePresent(on, ready.id)
  await executor(beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  const asked: number[] = []
  const whole: number[] = []
  for (let i = 0; i < 3; i += 1) {
    await bePresent(on, ready.id)
    const { next } = await look(on, ready.id)
    if (!next) break
    const { stepKey, targetId, phase } = next
    if (next.needsCosign) await reviewer(cosignStep, { params, body: { stepKey, targetId, phase } })
    const from = performance.now()
    const { runs } = await executor(runNext, { params, body: { stepKey, targetId } })
    asked.push(performance.now() - from)
    const { id } = runs.at(-1)!
    while (['granted', 'started'].includes((await look(on, ready.id)).runs.find((run) => run.id === id)!.state));
    whole.push(performance.now() - from)
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  rows.push({
    what: 'a step: all guards, intent written, signed twice, queued',
    value: `mean ${ms(mean(asked))} of ${asked.length}`,
    peer: `POST presence`,
  })
  rows.push({
    what: 'a step through the bastion until its result is judged',
    value: `mean ${ms(mean(whole))} of ${whole.length}`,
    peer: '—',
  })
} finally {
  await on.stop()
}

const date = new Date().toISOString().slice(0, 10)
const table = rows.map((row) => `| ${row.what} | ${row.value} | ${row.peer} |`).join('\n')
const text = `# Measured\n\n${date}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, one run of \`./huabiao bench\`.\n\n| What | Figure | Peer in the same run |\n|---|---|---|\n${table}\n`
writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'bench.md'), text)
console.log(text)

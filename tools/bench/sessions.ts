import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import ssh2, { type ClientChannel } from 'ssh2'
import { openLeg } from '../../apps/bastion/second-leg.ts'
import { until } from '../../apps/bastion/testing/gateway-harness.ts'
import { GatewayPlace } from './gateway-place.ts'
import { dash, ms, type Row } from './row.ts'
import { Terminal } from './terminal.ts'
import { cpuMs, interleaved, median, quantile, timed } from './timing.ts'

const cipher = 'chacha20-poly1305@openssh.com'
/** `HUABIAO_BENCH_SESSIONS` and `HUABIAO_BENCH_SECONDS` make a check of it: fewer, and shorter. */
const sessionsAtOnce = Number(process.env.HUABIAO_BENCH_SESSIONS ?? 200)
const tenMinutes = 600
/** A busy machine opens two hundred sessions slowly, and that is not what is measured. */
const openMs = 60_000
/** What a person types and reads: a line of 64 characters twice a second. */
const terminalLike = `perl -e '$|=1; while(1){print "2026-11-29 portal-web-01 active (running) since 09:00:00 ".("." x 6)."\\n"; select(undef,undef,undef,0.5)}'`

/** The gateway with many sessions at once, and what it adds to one step and to its end. */
export async function sessions(): Promise<Row[]> {
  const place = new GatewayPlace()
  try {
    await place.start()
    return [...(await stepOverhead(place)), ...(await killed(place)), ...(await many(place))]
  } finally {
    await place.stop()
  }
}

/**
 * A step from its order to its report, beside the same command over the same library with the same kind of certificate: what is left is
 * grant, certificate, durable intent and outcome, recording and report. The control plane's part is in the rows of REST and steps.
 */
async function stepOverhead(place: GatewayPlace): Promise<Row[]> {
  const { plane, folder, target } = place.harness
  const sessionId = await place.harness.openSession()
  const file = (name: string): string => readFileSync(join(folder, 'direct', name), 'utf8')
  const parsed = ssh2.utils.parseKey(file('key'))
  if (parsed instanceof Error) throw parsed
  const peer = async (): Promise<void> => {
    const leg = await openLeg({
      ...plane.target,
      account: target.account,
      key: { private: parsed, line: file('key.pub') },
      certificate: file('key-cert.pub'),
      signal: AbortSignal.timeout(30_000),
      reach: async (host) => host,
    })
    await new Promise((done, fail) => {
      const take = (channel: ClientChannel): void => void channel.resume().once('close', done)
      leg.exec('true', undefined, take).catch(fail)
    })
    leg.cut()
  }
  const ours = async (): Promise<void> => {
    const grant = plane.giveRun({ kind: 'command', line: 'true' }, {}, sessionId)
    while (!plane.finished.has(grant.id)) await sleep(1)
  }
  const found = await interleaved(60, { ours, peer }, 6)
  plane.give({ kind: 'close', sessionId, drain: false, reason: 'supervisor' })
  await until(() => plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
  const more = median(found.ours) - median(found.peer)
  return [
    {
      what: 'gateway: a planned step of a live session, `true`, from its order to its report',
      ours: `p50 ${ms(median(found.ours))}, p95 ${ms(quantile(found.ours, 0.95))}`,
      peer: `the same library straight to the target p50 ${ms(median(found.peer))}`,
      ratio: `${more >= 0 ? '+' : '−'}${ms(Math.abs(more))}`,
      goal: '≤ +15 ms',
      met: more <= 15,
    },
  ]
}

/** From the order to end a session to the report that its step has ended on the target, its process group seen to be gone. */
async function killed(place: GatewayPlace): Promise<Row[]> {
  const { plane } = place.harness
  const took: number[] = []
  for (let i = 0; i < 20; i += 1) {
    const sessionId = await place.harness.openSession()
    const grant = plane.giveRun({ kind: 'command', line: 'sleep 600' }, { timeoutMs: 900_000 }, sessionId)
    await until(() => plane.started.has(grant.id))
    await sleep(150)
    took.push(
      await timed(async () => {
        plane.give({ kind: 'close', sessionId, drain: false, reason: 'supervisor' })
        while (!plane.finished.has(grant.id)) await sleep(1)
      }),
    )
  }
  const worst = Math.max(...took)
  return [
    {
      what: 'gateway: from the order to end a session to the end of its step on the target',
      ours: `p50 ${ms(median(took))}, worst of ${took.length} ${ms(worst)}`,
      peer: dash,
      ratio: dash,
      goal: '≤ 1 s',
      met: worst <= 1_000,
    },
  ]
}

const rssMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024

/**
 * Two hundred sessions at once, each recording a step over a connection of its own to the target, which writes as a terminal does; beside
 * them somebody types at the gateway's prompt. Interactive sessions on a target would add the person's side of each.
 */
async function many(place: GatewayPlace): Promise<Row[]> {
  const { harness, pid } = place
  const { plane } = harness
  const seconds = Number(process.env.HUABIAO_BENCH_SECONDS ?? tenMinutes)
  plane.instead.set('putSegment', (body) => {
    body.data = ''
    return { segments: (body.index as number) + 1 }
  })
  const open: string[] = []
  while (open.length < sessionsAtOnce) {
    const sessionId = randomUUID()
    plane.giveOpen(sessionId)
    await until(() => plane.called('sessionOpened').some((call) => call.params.sessionId === sessionId), openMs)
    const grant = plane.giveRun({ kind: 'command', line: terminalLike }, { timeoutMs: 3_600_000 }, sessionId)
    await until(() => plane.started.has(grant.id), openMs)
    open.push(sessionId)
  }
  await sleep(5_000)
  const terminal = new Terminal(place.spawn(place.through(cipher).toSpliced(-1, 0, '-tt'), 'pipe'))
  await terminal.quiet()
  const [took, memory] = [[] as number[], [] as number[]]
  const [begun, cpu] = [performance.now(), cpuMs([pid])]
  for (let i = 0; performance.now() - begun < seconds * 1_000; i += 1) {
    if (i % 40 === 0) {
      terminal.child.stdin!.write('\x15')
      await sleep(20)
      memory.push(rssMiB(pid))
    }
    took.push(await terminal.press('abcdefghij'[i % 10]!))
    await sleep(50)
  }
  const used = (cpuMs([pid]) - cpu) / (performance.now() - begun)
  terminal.child.kill('SIGKILL')
  const recording = open.filter((sessionId) =>
    plane.called('putSegment').some((call) => call.params.sessionId === sessionId && (call.body.index as number) > 0),
  ).length
  if (recording !== sessionsAtOnce) throw new Error(`${recording} of ${sessionsAtOnce} sessions recorded`)
  plane.instead.delete('putSegment')
  const quarter = Math.ceil(memory.length / 4)
  const [early, late] = [median(memory.slice(0, quarter)), median(memory.slice(-quarter))]
  const [p95, most] = [quantile(took, 0.95), Math.max(...memory)]
  return [
    {
      what: `gateway: ${sessionsAtOnce} sessions recording for ${seconds} s, echo of a key at its prompt`,
      ours: `p50 ${ms(median(took))}, p95 ${ms(p95)}; ${(used * 100).toFixed(0)} % of a processor`,
      peer: dash,
      ratio: dash,
      goal: 'p95 < 10 ms',
      met: p95 < 10,
    },
    {
      what: `gateway: its memory with ${sessionsAtOnce} sessions`,
      ours: `${most.toFixed(0)} MiB, from ${early.toFixed(0)} to ${late.toFixed(0)} MiB between first and last quarter`,
      peer: dash,
      ratio: dash,
      goal: '≤ 150 MiB, flat',
      met: most <= 150 && late <= early * 1.1,
    },
  ]
}

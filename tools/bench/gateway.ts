import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { stepRunOf } from '../../apps/bastion/testing/demo-change.ts'
import { until } from '../../apps/bastion/testing/gateway-harness.ts'
import { GatewayPlace } from './gateway-place.ts'
import { dash, ms, noGoal, type Row, times } from './row.ts'
import { Terminal } from './terminal.ts'
import { cpuMs, interleaved, median, quantile } from './timing.ts'

const chacha = 'chacha20-poly1305@openssh.com'
const gcm = 'aes128-gcm@openssh.com'

export async function gateway(): Promise<Row[]> {
  const place = new GatewayPlace()
  try {
    await place.start()
    const rows: Row[] = []
    for (const part of [setUp, echo, throughput]) {
      const found = await part(place)
      for (const row of found) console.error(`  ${row.what}: ${row.ours} beside ${row.peer} (${row.ratio})`)
      rows.push(...found)
    }
    return rows
  } finally {
    await place.stop()
  }
}

/** From the start of the client to its end. Key and one-time code, where the peer has its certificate alone. */
async function setUp(place: GatewayPlace): Promise<Row[]> {
  const { plane } = place.harness
  const sessionId = await place.harness.openSession()
  plane.change.sessionId = sessionId
  plane.instead.set('runNext', () => {
    const grant = plane.giveRun({ kind: 'command', line: 'true' }, {}, sessionId)
    const run = stepRunOf(grant.runId, plane.targetId, { state: 'started' })
    plane.change.runs = [run]
    void until(() => plane.finished.has(grant.id)).then(() => Object.assign(run, { state: 'succeeded', exitCode: 0 }))
    return plane.change
  })
  const found = await interleaved(25, {
    direct: () => place.run(place.direct(chacha, 'true')),
    first: () => place.run(place.through(chacha, 'help')),
    both: () => place.run(place.through(chacha, 'run', plane.change.no, 'restart')),
  })
  plane.instead.delete('runNext')
  const direct = median(found.direct)
  const peer = `ssh to the target, \`true\`: ${ms(direct)}`
  const row = (what: string, took: readonly number[], goal: Partial<Row> = {}): Row => ({
    what,
    ours: `p50 ${ms(median(took))}`,
    peer,
    ratio: times(median(took) / direct),
    ...noGoal,
    ...goal,
  })
  return [
    row('gateway: set-up — client, key, one-time code, logon, an answer', found.first, {
      goal: '≤ 1.3×',
      met: median(found.first) / direct <= 1.3,
    }),
    row(
      'gateway: set-up of both legs — the same, then a step: grant, certificate, connection, `true`, recorded, result',
      found.both,
      {
        goal: '≤ 1.3×',
        met: median(found.both) / direct <= 1.3,
      },
    ),
  ]
}

/** A key at the gateway's prompt and at a terminal of the target, in turn. */
async function echo(place: GatewayPlace): Promise<Row[]> {
  const ours = new Terminal(place.spawn(place.through(chacha).toSpliced(-1, 0, '-tt'), 'pipe'))
  const peer = new Terminal(place.spawn(place.direct(chacha).toSpliced(-1, 0, '-tt').concat('echo ready; exec cat'), 'pipe'))
  await Promise.all([ours.quiet(), peer.quiet()])
  const found = { ours: [] as number[], peer: [] as number[] }
  for (let i = -20; i < 600; i += 1) {
    const key = 'abcdefghij'[Math.abs(i) % 10]!
    const pair =
      i % 2 === 0
        ? ([
            ['ours', ours],
            ['peer', peer],
          ] as const)
        : ([
            ['peer', peer],
            ['ours', ours],
          ] as const)
    for (const [name, terminal] of pair) {
      // A line as long as people type it, then a new one.
      if (i % 40 === 0) {
        terminal.child.stdin!.write('\x15')
        await sleep(20)
      }
      const took = await terminal.press(key)
      if (i >= 0) found[name].push(took)
      await sleep(3)
    }
  }
  for (const { child } of [ours, peer]) child.kill('SIGKILL')
  const more = median(found.ours) - median(found.peer)
  return [
    {
      what: 'gateway: echo of a key at its prompt',
      ours: `p50 ${ms(median(found.ours))}, p95 ${ms(quantile(found.ours, 0.95))}`,
      peer: `terminal of the target p50 ${ms(median(found.peer))}, p95 ${ms(quantile(found.peer, 0.95))}`,
      ratio: `${more >= 0 ? '+' : '−'}${ms(Math.abs(more))}`,
      goal: '≤ +1 ms',
      met: more <= 1,
    },
  ]
}

const mebibytes = 128
/** Lines as a log has them; every hundredth character is none of ASCII. */
function writeLog(path: string): void {
  const lines: string[] = []
  for (let i = 0; i < 20_000; i += 1)
    lines.push(
      `2026-11-24T14:30:${String(i % 60).padStart(2, '0')}.${i % 1000}+08:00 INFO portal-web-01 [worker-${i % 16}] GET /api/事项/${randomBytes(8).toString('hex')} 200 ${i % 700}ms`,
    )
  const block = Buffer.from(`${lines.join('\n')}\n`)
  const file = openSync(path, 'w')
  for (let left = mebibytes * 2 ** 20; left > 0; left -= block.length) writeSync(file, block, 0, Math.min(left, block.length))
  closeSync(file)
}

/** A granted step that prints a large file: every byte is digested, recorded, durable in the spool and uploaded. */
async function throughput(place: GatewayPlace): Promise<Row[]> {
  const { plane } = place.harness
  const path = join('/dev/shm', `hb-bench-${process.pid}.log`)
  writeLog(path)
  let segments: string[] = []
  plane.instead.set('putSegment', (body) => {
    segments.push(body.data as string)
    body.data = ''
    return { segments: (body.index as number) + 1 }
  })
  const cpu: number[] = []
  let report: Record<string, unknown> = {}
  const recorded = async (): Promise<void> => {
    const sessionId = await place.harness.openSession()
    const before = cpuMs([place.pid])
    segments = []
    const grant = plane.giveRun({ kind: 'command', line: `cat ${path}` }, { timeoutMs: 240_000 }, sessionId)
    await until(() => plane.finished.has(grant.id), 240_000)
    plane.give({ kind: 'close', sessionId, drain: false, reason: 'measured' })
    // Sealed is what is uploaded whole.
    await until(() => plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId), 60_000)
    cpu.push(cpuMs([place.pid]) - before)
    report = plane.finished.get(grant.id)!
  }
  try {
    const found = await interleaved(
      3,
      {
        ours: recorded,
        chacha: () => place.run(place.direct(chacha, `cat ${path}`)),
        gcm: () => place.run(place.direct(gcm, `cat ${path}`)),
      },
      1,
    )
    const kept = segments.reduce((sum, data) => sum + zstdDecompressSync(Buffer.from(data, 'base64')).length, 0)
    if (report.stdoutBytes !== mebibytes * 2 ** 20 || kept < mebibytes * 2 ** 20)
      throw new Error(`not all was recorded: ${JSON.stringify(report).slice(0, 300)}`)
    const rate = (took: readonly number[]): number => (mebibytes * 1_000) / median(took)
    const show = (value: number): string => `${value.toFixed(0)} MiB/s`
    const [ours, peer] = [rate(found.ours), rate(found.chacha)]
    return [
      {
        what: `gateway: a step prints ${mebibytes} MiB — all of it recorded, digested, durable and uploaded`,
        ours: show(ours),
        peer: `ssh to the target, \`cat\`: ${show(peer)} (chacha20), ${show(rate(found.gcm))} (aes128-gcm)`,
        ratio: times(ours / peer),
        goal: '≥ 0.8×',
        met: ours / peer >= 0.8,
      },
      {
        what: 'gateway: its processor time for what a step prints',
        ours: `${((median(cpu.slice(1)) / 1_000) * (1024 / mebibytes)).toFixed(1)} s/GiB`,
        peer: dash,
        ratio: dash,
        ...noGoal,
      },
    ]
  } finally {
    plane.instead.delete('putSegment')
    rmSync(path, { force: true })
  }
}

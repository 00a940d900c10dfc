import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getSession, killSession, openObserve } from '@huabiao/domains/session/session.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { startRelay } from '@huabiao/kit/testkit/relay'
import { mayMount, smallDisk } from '@huabiao/kit/testkit/small-disk'
import { type Asked, CountedChange } from '../crash-change.ts'
import { eventually, goOn, stayPresent, stopProcess } from '../crash-deployment.ts'
import { auditorOf, proveLedgers } from '../crash-proof.ts'
import { type Deployment, startDeployment } from '../deployment.ts'
import { holdDatabase, logged, takeOver } from '../fault-deployment.ts'
import { asOwner } from '../owner-database.ts'
import { cast } from '../portal-change.ts'

/**
 * The bad day: the evidence store is full, the database, the signer and the network go away, clocks run wrong, each in the middle of a step
 * on a real target. No session opens meanwhile, nothing is begun, a session that runs stops within two seconds by what was recorded, and
 * nothing that was done or recorded is lost when it heals. Each line printed is one fault.
 */
const steps = 9
const twoSeconds = 2_000
/** The library that moves a clock looks at its file once a second: from when a clock is off is known that well. */
const clockLateMs = 1_000

interface Scene {
  readonly on: Deployment
  readonly change: CountedChange
  readonly targetId: string
}
const row = (fault: string, said: string): void => console.log(`    ${fault.padEnd(44)} ${said}`)

export async function faults(): Promise<void> {
  const on = await startDeployment()
  // Before anything is kept: what the small disk hides would be missing.
  const disk = mayMount ? smallDisk(join(on.state, 'control-plane', 'evidence'), 96) : undefined
  const change = new CountedChange(on, { targetName: 'portal-web-01', steps, held: true })
  let leave = (): void => undefined
  try {
    await change.begin()
    leave = stayPresent(on, [change.id])
    const scene = { on, change, targetId: (await change.look()).targets[0]!.id }
    if (disk) await fullStore(scene, disk)
    else row('evidence store full', 'NOT TRIED: this machine lets nobody mount')
    await signerAway(scene)
    await databaseAway(scene)
    await ofTheGateway(scene)
    await controlPlaneClock(scene)
    await proveAll(scene)
  } catch (error) {
    const { state, pauseReason, pauseDetail, runs, sessionId } = await change.look()
    console.error('    it stood at', { state, pauseReason, pauseDetail, sessionId, last: runs.at(-1) })
    throw error
  } finally {
    leave()
    await on.command('down')
    disk?.remove()
    await on.stop()
  }
}

/** In the middle of a step on the target. */
async function midStep({ change }: Scene): Promise<Asked> {
  change.hold()
  const asked = await change.ask()
  await change.effect(`${asked.key} begin`)
  return asked
}
/** Not before the store has been found to keep again: until then nobody goes on. */
const goOnAgain = (change: CountedChange): Promise<true> =>
  eventually('L2 lets it go on', () =>
    change.resume('accept').then(
      () => true as const,
      (cause: unknown) => {
        if (cause instanceof ProblemError && cause.problem.code === 'session.evidence_unavailable') return undefined
        throw cause
      },
    ),
  )
/** Its end, whoever had to wait for it: it ran once, and all of it is known. L2 lets a paused change go on (RL-09). */
async function ended({ change }: Scene, asked: Asked): Promise<string> {
  change.letGo()
  const run = await change.settled(asked.runId)
  assert.equal(run.state, 'succeeded', `${asked.key}: ${run.detail}`)
  assert.deepEqual([change.count(`${asked.key} begin`), change.count(`${asked.key} end`)], [1, 1])
  const { state, pauseReason } = await change.look()
  if (state === 'paused') await goOnAgain(change)
  await change.runnable()
  return state === 'paused'
    ? `its step ended once, change paused (${pauseReason}) and resumed by L2`
    : 'its step ended once, the change went on by itself'
}
/** What a person is told who wants a session now. */
async function opening({ on, change, targetId }: Scene): Promise<string> {
  const executor = await on.as(cast.executor)
  return executor(openObserve, { body: { targetId, changeId: change.id }, signal: AbortSignal.timeout(9_000) }).then(
    ({ id }) => `opened ${id}`,
    (cause: unknown) => (cause instanceof ProblemError ? cause.problem.code : 'no answer'),
  )
}
async function refusedToOpen(scene: Scene, ...codes: string[]): Promise<string> {
  const said = await opening(scene)
  assert.ok(codes.includes(said), `no session opens: ${said}`)
  return said
}
/** Instants in the ledger are when it was written down. */
async function pausedAfter({ on, change }: Scene, from: number): Promise<number> {
  await change.until('it is paused', ({ state }) => state === 'paused')
  const { sessionId } = await change.look()
  const [at] = await asOwner(on, async (client) => {
    const { rows } = await client.query<{ at: string }>(
      `select body::jsonb ->> 'at' as at from ledger_record where act = 'session.paused' and object = $1 order by seq desc limit 1`,
      [`session/${sessionId}`],
    )
    return rows.map((row) => Date.parse(row.at))
  })
  assert.ok(at! - from <= twoSeconds, `paused ${at! - from} ms after the fault`)
  return at! - from
}
/** The moments at which the gateway itself stopped, by its own log. */
const waits = (on: Deployment): number[] =>
  logged(on, 'bastion')
    .filter(({ event }) => event === 'waits')
    .map(({ at }) => Date.parse(at))
/** Whether a session waits or goes on, by what the gateway wrote last of it. */
const lastSaid = (on: Deployment, sessionId: string | null): string | undefined =>
  logged(on, 'bastion')
    .filter((line) => (line.event === 'waits' || line.event === 'goes_on') && line.sessionId === sessionId)
    .at(-1)?.event
/** From a fault to the next such moment; a clock that runs wrong is held against itself. */
async function waitedAfter({ on }: Scene, fault: () => void, { offMs = 0, laterMs = 0 } = {}): Promise<number> {
  const before = waits(on).length
  const from = Date.now()
  fault()
  const at = await eventually('the gateway says that it waits', () => waits(on)[before])
  const ms = at - offMs - from
  assert.ok(ms >= -laterMs && ms <= twoSeconds + laterMs, `waited ${ms} ms after the fault`)
  return ms
}

async function fullStore(scene: Scene, disk: ReturnType<typeof smallDisk>): Promise<void> {
  const asked = await midStep(scene)
  const from = Date.now()
  disk.fill()
  const ms = await pausedAfter(scene, from)
  const refused = await refusedToOpen(scene, 'session.evidence_unavailable')
  // Longer than a segment of the recording: what it holds waits in the gateway.
  await sleep(6_000)
  disk.empty()
  row('evidence store full', `paused after ${ms} ms; ${refused}; ${await ended(scene, asked)}`)
  const again = await midStep(scene)
  const then = Date.now()
  await disk.readOnly(true)
  const readOnlyMs = await pausedAfter(scene, then)
  const refusedAgain = await refusedToOpen(scene, 'session.evidence_unavailable')
  await disk.readOnly(false)
  row('evidence store read-only', `paused after ${readOnlyMs} ms; ${refusedAgain}; ${await ended(scene, again)}`)
}

async function signerAway(scene: Scene): Promise<void> {
  const { on, change } = scene
  const asked = await midStep(scene)
  change.letGo()
  await change.settled(asked.runId)
  await change.runnable()
  change.hold()
  stopProcess(on, 'signer')
  const { next, runs } = await change.look()
  const refused = await change.ask().then(
    () => 'granted',
    (cause: unknown) => (cause as ProblemError).problem.code,
  )
  assert.equal(refused, 'part.unavailable', 'what is not signed is not granted')
  goOn(on, 'signer')
  const later = await change.until(
    'the intent has an end',
    (now) => now.runs.length > runs.length && now.runs.at(-1)!.state === 'expired',
  )
  assert.equal(change.count(`${next!.stepKey} begin`), 0)
  if (later.state === 'paused') await change.resume('retry')
  row('signer away', `${refused}, nothing begun; ${await ended(scene, await midStep(scene))}`)
}

async function databaseAway(scene: Scene): Promise<void> {
  const asked = await midStep(scene)
  const from = Date.now()
  let release = (): void => undefined
  try {
    const ms = await waitedAfter(scene, () => {
      release = holdDatabase(scene.on)
    })
    const refused = await refusedToOpen(scene, 'no answer', 'part.unavailable', 'request.unreachable', 'request.failed')
    // It ends on the target while nobody can be told.
    scene.change.letGo()
    await sleep(Math.max(0, from + 60_000 - Date.now()))
    release()
    row('database away for 60 s', `waited after ${ms} ms; ${refused}; ${await ended(scene, asked)}`)
  } finally {
    release()
  }
}

async function ofTheGateway(scene: Scene): Promise<void> {
  const { on, change } = scene
  const relay = await startRelay({ port: Number(new URL(on.url).port) })
  const taken = await takeOver(on, 'bastion', (config) => ({ ...config, controlPlaneUrl: `http://127.0.0.1:${relay.port}` }))
  try {
    await change.until('the new boot is known', ({ state }) => state === 'paused')
    await change.resume('accept')
    await change.runnable()
    const cut = await midStep(scene)
    const ms = await waitedAfter(scene, relay.hold)
    change.letGo()
    await sleep(5_000)
    relay.release()
    row('partition between gateway and control plane', `waited after ${ms} ms; ${await ended(scene, cut)}`)
    for (const off of [300, -300]) {
      const asked = await midStep(scene)
      const late = { offMs: off * 1_000, laterMs: clockLateMs }
      const skewMs = await waitedAfter(scene, () => taken.clock(off), late)
      change.letGo()
      await sleep(3_000)
      taken.clock(0)
      row(`clock of the gateway ${off} s`, `waited after ${skewMs} ms; ${await ended(scene, asked)}`)
    }
  } finally {
    await taken.giveBack()
    await relay.close()
  }
  await change.until('the old boot is back', ({ state }) => state === 'paused')
  await change.resume('accept')
  await change.runnable()
}

async function controlPlaneClock(scene: Scene): Promise<void> {
  const { on, change } = scene
  const asked = await midStep(scene)
  const taken = await takeOver(on, 'control-plane')
  try {
    // It was away while it was taken over: a gateway that still waits for that has nothing new to say.
    const { sessionId } = await change.look()
    await eventually('the gateway goes on', () => lastSaid(on, sessionId) !== 'waits')
    const ms = await waitedAfter(scene, () => taken.clock(300), { laterMs: clockLateMs })
    const said = await refusedToOpen(scene, 'part.unavailable')
    change.letGo()
    await sleep(3_000)
    taken.clock(0)
    row('clock of the control plane 300 s', `waited after ${ms} ms; ${said}; ${await ended(scene, asked)}`)
  } finally {
    await taken.giveBack()
  }
  await change.look()
}

/** Sealed as one recording or several, every line that every step said in them, and the ledgers whole and complete. */
async function proveAll({ on, change }: Scene): Promise<void> {
  const { runs } = await change.look()
  const manager = await on.as(cast.manager)
  const { sessionId } = await change.look()
  await manager(killSession, { params: { sessionId: sessionId! }, body: { reason: '演练结束' } })
  const read = await auditorOf(on)
  let screen = ''
  for (const id of change.sessions) {
    const session = await eventually('it is sealed', async () => {
      const now = await manager(getSession, { params: { sessionId: id } })
      return now.state === 'sealed' || now.state === 'gap' ? now : undefined
    })
    if (session.state === 'gap') row('recording', `gap declared: ${session.closeReason}`)
    screen += (await read(`/sessions/${id}/recording`))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => (JSON.parse(line) as [number, string, string])[2])
      .join('')
  }
  let lines = 0
  for (const run of runs.filter(({ state }) => state === 'succeeded'))
    for (const line of run.stdout.trim().split('\n')) {
      assert.ok(screen.includes(line), `${run.stepKey}: recorded: ${line}`)
      lines++
    }
  row('recordings', `${change.sessions.size}, all ${lines} lines of ${runs.length} runs in them`)
  await proveLedgers(on)
}

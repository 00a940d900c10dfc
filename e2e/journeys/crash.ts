import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killSession } from '@huabiao/domains/session/session.contract'
import { untilGroupEnds } from '@huabiao/kit/testkit/process-group'
import { type Asked, CountedChange, type Run, type Shape } from '../crash-change.ts'
import {
  eventually,
  goOn,
  killAndRecover,
  killBackend,
  type Process,
  pidOf,
  stayPresent,
  stopProcess,
} from '../crash-deployment.ts'
import { type Killed, proveLedgers, proveRecordings } from '../crash-proof.ts'
import { type Deployment, startDeployment } from '../deployment.ts'
import { cast } from '../portal-change.ts'

/**
 * kill -9 of each process and of the database, while six changes on six targets stand at six points of an execution. Nothing runs twice by
 * itself, nothing is said that is not so, and what was recorded up to five seconds before can be replayed. Each line printed is one
 * victim at one point.
 */
type Victim = Process | 'database session' | '(by hand)'
interface Scene {
  readonly on: Deployment
  /** Nothing ordered yet. */
  readonly idle: CountedChange
  /** Ordered and signed, the grant not used yet. */
  readonly asked: CountedChange
  /** In the middle of its step on the target. */
  readonly running: CountedChange
  /** Its effect has come about, and nobody was told. */
  readonly done: CountedChange
  readonly soaking: CountedChange
  readonly rollingBack: CountedChange
}
/** Each round but the first takes one step, and one step back. */
const rounds = 7

export async function crash(): Promise<void> {
  const on = await startDeployment()
  const scene = sceneOf(on)
  const all = changesOf(scene)
  let leave = (): void => undefined
  try {
    await Promise.all(all.map((change) => change.begin()))
    leave = stayPresent(
      on,
      all.map(({ id }) => id),
    )
    await advance(scene)
    const killed = await killBastion(scene)
    await killBastionWithResult(scene)
    const lost = await killControlPlane(scene)
    await killSigner(scene)
    for (const victim of ['postgres', 'database session', 'supervisor'] as const) await killOther(scene, victim)
    row('control-plane', 'intent written, not yet signed', await judge(lost, 'expired', { begin: 0, end: 0 }))
    await endByHand(scene)
    await proveRecordings(on, all, killed)
    await proveLedgers(on)
  } finally {
    leave()
    await on.stop()
  }
}
const changesOf = (scene: Scene): CountedChange[] => [
  scene.idle,
  scene.asked,
  scene.running,
  scene.done,
  scene.soaking,
  scene.rollingBack,
]
const row = (victim: Victim, point: string, said: string): void =>
  console.log(`    ${victim.padEnd(16)} ${point.padEnd(36)} ${said}`)

function sceneOf(on: Deployment): Scene {
  const at = (targetName: string, over: Partial<Shape> = {}) => new CountedChange(on, { targetName, steps: rounds, ...over })
  return {
    on,
    idle: at('archive-db-01', { steps: 2 * rounds }),
    asked: at('archive-db-02'),
    running: at('portal-web-01', { held: true }),
    done: at('portal-web-02', { held: true }),
    soaking: at('portal-app-01', { steps: 1, soakSeconds: 1_200 }),
    rollingBack: at('portal-app-02', { heldBack: true }),
  }
}
/** One soaks, one is on its way back. */
async function advance({ soaking, rollingBack }: Scene): Promise<void> {
  await soaking.settled((await soaking.ask()).runId)
  await soaking.until('it soaks', (now) => now.state === 'gray_soaking')
  for (let step = 0; step < rounds; step += 1) await rollingBack.settled((await rollingBack.ask()).runId)
  await rollingBack.rollBack()
}

interface Order extends Asked {
  readonly change: CountedChange
  readonly begins: number
  readonly ends: number
}
/** Orders a step and remembers how often its lines stood there before. */
async function order(change: CountedChange): Promise<Order> {
  change.hold()
  const before = new Map(change.effects().map((line) => [line, change.count(line)]))
  const asked = await change.ask()
  return { change, ...asked, begins: before.get(`${asked.key} begin`) ?? 0, ends: before.get(`${asked.key} end`) ?? 0 }
}
const begun = async (given: Order): Promise<Order> => {
  await given.change.effect(`${given.key} begin`, given.begins)
  return given
}
/** Waits for the end of a run and holds what is said against what is on the target. */
async function judge(given: Order, state: Run['state'], lines: { begin: 0 | 1; end: 0 | 1 }): Promise<string> {
  const { change, key, runId } = given
  change.letGo()
  const run = await change.settled(runId)
  const [begins, ends] = [change.count(`${key} begin`) - given.begins, change.count(`${key} end`) - given.ends]
  const said = `${run.state}${run.detail ? ` (${run.detail})` : ''}; on the target: ${begins} begin, ${ends} end`
  assert.equal(run.state, state, `${change.shape.targetName}: ${said}`)
  assert.deepEqual({ begin: begins, end: ends }, lines, `${change.shape.targetName}: ${said}`)
  return said
}

/** Steps on their way in every change that has one on its way; the bastion is held still, so that one is ordered and one is done unheard. */
async function inTheMiddle({ on, asked, running, done, rollingBack }: Scene, recordedMs = 0) {
  const [first, second, third] = await Promise.all([running, rollingBack, done].map(async (change) => begun(await order(change))))
  await sleep(recordedMs)
  stopProcess(on, 'bastion')
  const at = Date.now()
  done.letGo()
  const fourth = await order(asked)
  await done.effect(`${third!.key} end`, third!.ends)
  return { running: first!, rollingBack: second!, done: third!, asked: fourth, at }
}

/** All paused as the gateway was lost; L2 lets each go on. */
async function resumeAll(scene: Scene, how: Partial<Record<keyof Scene, 'retry' | 'accept'>> = {}): Promise<void> {
  for (const [point, change] of Object.entries(scene).filter(
    (entry): entry is [keyof Scene, CountedChange] => entry[0] !== 'on',
  )) {
    const now = await change.until('it is paused', ({ state }) => state === 'paused')
    assert.equal(now.next, null, 'a paused change has no next step')
    await change.resume(how[point] ?? 'accept')
  }
}

async function killBastion(scene: Scene): Promise<Killed> {
  const { on, running, rollingBack, soaking } = scene
  // Longer than a segment of the recording lasts.
  const orders = await inTheMiddle(scene, 6_000)
  const soakUntil = (await soaking.look()).soakUntil
  const session = (await running.look()).sessionId!
  const groups = [running.group(), rollingBack.group()]
  const recovered = killAndRecover(on, 'bastion')
  const gone = await Promise.all(groups.map((group) => untilGroupEnds(group)))
  await recovered
  const idle = await scene.idle.until('it is paused', ({ state }) => state === 'paused')
  row('bastion', 'before the step is ordered', `paused (${idle.pauseReason})`)
  row('bastion', 'ordered, grant not used', await judge(orders.asked, 'failed', { begin: 0, end: 0 }))
  row(
    'bastion',
    'during the step',
    `${await judge(orders.running, 'unknown', { begin: 1, end: 0 })}; ended there after ${gone[0]} ms`,
  )
  row('bastion', 'after the effect, before the report', await judge(orders.done, 'unknown', { begin: 1, end: 1 }))
  row(
    'bastion',
    'during rollback',
    `${await judge(orders.rollingBack, 'unknown', { begin: 1, end: 0 })}; ended there after ${gone[1]} ms`,
  )
  await resumeAll(scene, { asked: 'retry', running: 'retry', rollingBack: 'retry' })
  const soaks = await soaking.look()
  assert.deepEqual([soaks.state, soaks.soakUntil], ['gray_soaking', soakUntil])
  row('bastion', 'during soak', `paused, resumed, soaks until ${soakUntil}`)
  return { session, at: orders.at }
}

/** It knew the result and had told nobody: what is on its disk is told by its next boot. */
async function killBastionWithResult(scene: Scene): Promise<void> {
  const { on, done } = scene
  const given = await begun(await order(done))
  stopProcess(on, 'control-plane')
  done.letGo()
  const pending = join(on.state, 'bastion', 'pending')
  await eventually('the result is on disk', () =>
    readdirSync(pending).some(
      (name) => name.endsWith('.json') && readFileSync(join(pending, name), 'utf8').includes('"finished"'),
    ),
  )
  const recovered = killAndRecover(on, 'bastion')
  goOn(on, 'control-plane')
  await recovered
  row('bastion', 'result on disk, not told', await judge(given, 'succeeded', { begin: 1, end: 1 }))
  await resumeAll(scene)
}

/** Every step on its way goes on, and comes to its end once. */
async function carriedOn(victim: Victim, orders: Awaited<ReturnType<typeof inTheMiddle>>, soaking: CountedChange): Promise<void> {
  const once = { begin: 1, end: 1 } as const
  row(victim, 'ordered, grant not used', await judge(orders.asked, 'succeeded', once))
  row(victim, 'during the step', await judge(orders.running, 'succeeded', once))
  row(victim, 'after the effect, before the report', await judge(orders.done, 'succeeded', once))
  row(victim, 'during rollback', await judge(orders.rollingBack, 'succeeded', once))
  const { state } = await soaking.look()
  assert.equal(state, 'gray_soaking')
  row(victim, 'during soak', 'soaks')
}

/** Answers the order that was lost on its way: time itself ends it. */
async function killControlPlane(scene: Scene): Promise<Order> {
  const { on, idle, asked } = scene
  const orders = await inTheMiddle({ ...scene, asked: idle })
  // The intent is durable, its signature is on the way: nobody will ever hand it to a gateway.
  stopProcess(on, 'signer')
  const { runs } = await asked.look()
  const never = asked.ask().catch(() => undefined)
  const now = await asked.until('its intent is written', (later) => later.runs.length > runs.length)
  const recovered = killAndRecover(on, 'control-plane')
  for (const name of ['signer', 'bastion'] as const) goOn(on, name)
  await Promise.all([recovered, never])
  await carriedOn('control-plane', orders, scene.soaking)
  const { stepKey: key, id: runId } = now.runs.at(-1)!
  return { change: asked, key, runId, begins: asked.count(`${key} begin`), ends: asked.count(`${key} end`) }
}

async function killSigner(scene: Scene): Promise<void> {
  const { on, idle } = scene
  const orders = await inTheMiddle({ ...scene, asked: idle })
  const recovered = killAndRecover(on, 'signer')
  goOn(on, 'bastion')
  await recovered
  await carriedOn('signer', orders, scene.soaking)
  stopProcess(on, 'signer')
  const { runs } = await idle.look()
  const refused = idle.ask().then(
    () => false,
    () => true,
  )
  const now = await idle.until('its intent is written', (later) => later.runs.length > runs.length)
  await killAndRecover(on, 'signer')
  assert.equal(await refused, true, 'what was not signed was not promised')
  const { stepKey: key, id: runId } = now.runs.at(-1)!
  const intent = { change: idle, key, runId, begins: idle.count(`${key} begin`), ends: idle.count(`${key} end`) }
  row('signer', 'intent written, not yet signed', await judge(intent, 'expired', { begin: 0, end: 0 }))
}

/** None of our processes goes down with what it leans on. */
async function killOther(scene: Scene, victim: 'postgres' | 'database session' | 'supervisor'): Promise<void> {
  const others = (['bastion', 'control-plane', 'signer'] as const).map((name) => [name, pidOf(scene.on, name)])
  const orders = await inTheMiddle({ ...scene, asked: scene.idle })
  const recovered = victim === 'database session' ? killBackend(scene.on) : killAndRecover(scene.on, victim)
  goOn(scene.on, 'bastion')
  await recovered
  await carriedOn(victim, orders, scene.soaking)
  assert.deepEqual(
    others.map(([name]) => [name, pidOf(scene.on, name as Process)]),
    others,
  )
  const before = await order(scene.idle)
  row(victim, 'before the step is ordered', await judge(before, 'succeeded', { begin: 1, end: 1 }))
}

/** A person kills what still runs: within a second nothing of it is left on the target (NT-A12, NT-E09). */
async function endByHand(scene: Scene): Promise<void> {
  const { on, running } = scene
  const manager = await on.as(cast.manager)
  const given = await begun(await order(running))
  const group = running.group()
  for (const change of changesOf(scene)) {
    const { sessionId } = await change.look()
    const from = performance.now()
    await manager(killSession, { params: { sessionId: sessionId! }, body: { reason: '演练结束' } })
    if (change !== running) continue
    await untilGroupEnds(group)
    const ms = Math.round(performance.now() - from)
    row(
      '(by hand)',
      'kill of a session during the step',
      `${await judge(given, 'failed', { begin: 1, end: 0 })}; ended there after ${ms} ms`,
    )
  }
}

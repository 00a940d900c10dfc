// The process that owns the children. Started detached by `huabiao up`, ended by `huabiao down`.
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WitnessPeer } from '../../apps/control-plane/witness-client.ts'
import { buildConsole } from './console-build.ts'
import { bringUpToDate, databaseUrls, ensureOwner, postgresChild } from './database.ts'
import { databaseFault } from './database-requirements.ts'
import { auditChild, mayAudit } from './demo-audit.ts'
import { demoTargets, hasSshAuthority } from './demo-targets.ts'
import { checkEvidence } from './evidence-setting.ts'
import { writeJson } from './files.ts'
import { gatewaysOf } from './gateways.ts'
import { type ChildSpec, type ChildState, type KeptChild, keepRunning } from './keep-running.ts'
import { rotateLog } from './logs.ts'
import { recordedChildren, stopOrphan, strayChildren } from './orphans.ts'
import { ensurePackages, opensshServer } from './packages.ts'
import {
  bastionChild,
  childIdentities,
  controlPlaneChild,
  type Deployment,
  followerGid,
  publicUrl,
  recheckChild,
  signerChild,
  targetLogChild,
  witnessChild,
} from './plan.ts'
import { placePostgres } from './postgres-place.ts'
import { identify, type ProcessId } from './proc.ts'
import { type Progress, startProgress } from './progress.ts'
import { choosePorts, loadSettings, type Ports, rememberPorts, type Settings, withEnvironment } from './settings.ts'
import { loadSecrets, makeStateFolder, presentState, type Secrets, type StateFolder, supervisorOf } from './state.ts'
import { demoWitness } from './witness-place.ts'

export interface SupervisorState {
  supervisor: ProcessId
  settings: Settings
  ports: Ports
  identities: Deployment['identities']
  children: ChildState[]
}

const state = presentState(process.env)
const children: KeptChild[] = []
let stopping = false

class GivenUp extends Error {}

/** A lock that the kernel gives to one process, and takes back when that one is gone, however it went. */
async function take(): Promise<boolean> {
  const lock = createServer().unref()
  return new Promise((resolve) => {
    lock.once('error', () => resolve(false))
    lock.listen(`\0huabiao ${createHash('sha256').update(state.dir).digest('hex')}`, () => resolve(true))
  })
}

/** Two starts at once: the second finds who was first and leaves. One that is only just stopping is waited for. */
async function claim(): Promise<boolean> {
  while (!(await take())) {
    if (supervisorOf(state) !== undefined) return false
    await sleep(100)
  }
  writeJson(state.pidFile('supervisor'), identify(process.pid))
  return true
}

async function settle(folder: StateFolder): Promise<{ settings: Settings; ports: Ports; moved: string[] }> {
  const stored = loadSettings(folder.configFile)
  const settings = withEnvironment(stored, process.env)
  const held = new Set(recordedChildren(folder).length > 0 ? Object.values(stored.ports).flat() : [])
  const { ports, moved } = await choosePorts(settings, process.env, held)
  rememberPorts(folder.configFile, stored, ports)
  return { settings, ports, moved }
}

async function startChild(progress: Progress, spec: ChildSpec, remember: () => void, timeoutMs = 60_000): Promise<void> {
  if (stopping) throw new GivenUp('stopped while starting')
  const child = keepRunning(spec, remember)
  children.push(child)
  await progress.step(spec.name, async () => {
    if (await child.whenReady(timeoutMs)) return
    if (stopping) throw new GivenUp('stopped while starting')
    const why = child.state.status === 'failed' ? 'died 5 times in a minute' : `did not answer within ${timeoutMs / 1000} s`
    throw new GivenUp(`${spec.name} ${why}; the end of ${spec.logFile}:\n${child.state.lastLines.join('\n')}`)
  })
}

async function startDatabase(progress: Progress, secrets: Secrets, ports: Ports, remember: () => void): Promise<void> {
  const urls = databaseUrls(secrets, ports.postgres)
  if (secrets.databaseUrl === undefined) {
    const place = await placePostgres(state.dir)
    await startChild(progress, postgresChild(state, place, secrets, ports.postgres), remember)
    await ensureOwner(secrets, ports.postgres)
  } else {
    const fault = await databaseFault(secrets.databaseUrl)
    if (fault !== undefined) throw new GivenUp(fault)
  }
  await progress.step(
    'migrations',
    () => bringUpToDate(urls, secrets),
    (applied) => (applied.length === 0 ? 'schema is up to date' : `${applied.length} applied`),
  )
}

/** A bucket that is set up wrongly stops the start; one that is away does not: recordings wait for it in the bastion. */
async function lookAtEvidence(progress: Progress, secrets: Secrets): Promise<void> {
  const found = await checkEvidence(secrets)
  if (found === undefined) return
  const text = found.fault ? `evidence in ${found.where}: ${found.fault.kind}, ${found.fault.detail}\n    → ${found.mend}` : ''
  if (found.fault !== undefined && found.fault.kind !== 'unreachable') throw new GivenUp(text)
  progress.say(text || `evidence in ${found.where} is kept`)
}

/** Who counter-signs: the witness that was named, in a demo one of our own, otherwise nobody. It must know the signer's keys before it starts. */
async function witnessing(
  progress: Progress,
  deployment: Deployment,
  signer: Promise<void>,
  remember: () => void,
): Promise<WitnessPeer | undefined> {
  const { secrets, settings, ports } = deployment
  if (secrets.witness !== undefined || !settings.demo) return secrets.witness
  await signer
  await startChild(progress, await witnessChild(deployment), remember)
  return demoWitness(state, ports.witness)
}

async function startAll(progress: Progress): Promise<void> {
  const secrets = loadSecrets(state)
  for (const stray of strayChildren(state)) await stopOrphan(stray)
  const { settings, ports, moved } = await settle(state)
  for (const sentence of moved) progress.say(sentence)
  if (settings.demo) await ensurePackages([opensshServer], progress.say)
  const identities = await childIdentities(state)
  const deployment: Deployment = { state, settings, ports, secrets, identities, urls: databaseUrls(secrets, ports.postgres) }
  const remember = (): void => {
    const supervisor = identify(process.pid) ?? { pid: process.pid, startTime: 0 }
    const kept = children.map((child) => child.state)
    writeJson(join(state.run, 'state.json'), {
      supervisor,
      settings,
      ports,
      identities,
      children: kept,
    } satisfies SupervisorState)
  }
  remember()
  const consoleBuilt = progress.step('console', buildConsole, (result) => result)
  // Awaited below, after the database; until then a failure must not count as unhandled.
  consoleBuilt.catch(() => undefined)
  const evidenceSeen = lookAtEvidence(progress, secrets)
  const witness = Promise.withResolvers<WitnessPeer | undefined>()
  const controlPlane = controlPlaneChild(deployment, witness.promise)
  for (const early of [evidenceSeen, controlPlane, witness.promise]) early.catch(() => undefined)
  await startDatabase(progress, secrets, ports, remember)
  const signer = startChild(progress, signerChild(deployment), remember)
  signer.catch(() => undefined)
  // The targets trust an authority that the signer makes at its first start.
  if (settings.demo && !hasSshAuthority(state)) await signer
  const targets = settings.demo ? await demoTargets(state, ports.targets) : []
  // None of these needs another to start; only the bastion needs the signer's keys and the control plane's greeting.
  await Promise.all([
    signer,
    witnessing(progress, deployment, signer, remember).then(witness.resolve, (error: unknown) => {
      witness.reject(error)
      throw error
    }),
    ...targets.map((spec) => startChild(progress, spec, remember, 20_000)),
    Promise.all([controlPlane, consoleBuilt, evidenceSeen]).then(([spec]) => startChild(progress, spec, remember, 120_000)),
  ])
  await Promise.all(gatewaysOf(settings).map((place) => startChild(progress, bastionChild(deployment, place), remember)))
  if (settings.demo) {
    const audited = mayAudit(state)
    if (audited) await startChild(progress, await auditChild(state, followerGid(deployment)), remember)
    await startChild(progress, targetLogChild(deployment, audited), remember)
  }
  await startChild(progress, recheckChild(deployment, await witness.promise), remember)
  progress.say(`${publicUrl(settings, ports)} answers`, 'ready')
}

async function stopChildren(): Promise<void> {
  if (stopping) return
  stopping = true
  // From here on it is nobody's: whoever starts the deployment now waits until this one is gone.
  rmSync(state.pidFile('supervisor'), { force: true })
  // In reverse: nobody loses what it still writes to.
  for (const child of children.toReversed()) await child.stop()
  process.exit(0)
}

makeStateFolder(state)
if (!(await claim())) process.exit(0)
process.on('SIGTERM', () => void stopChildren())
process.on('SIGINT', () => void stopChildren())
process.on('SIGHUP', () => {
  for (const child of children) child.retry()
})
setInterval(() => {
  for (const path of [state.logFile('supervisor'), ...children.map((child) => child.state.logFile)]) rotateLog(path)
}, 10_000)

const progress = startProgress(join(state.run, 'progress.jsonl'))
startAll(progress).catch(async (error: unknown) => {
  const text = error instanceof Error ? error.message : String(error)
  if (!(error instanceof GivenUp)) console.error(error)
  if (!stopping) progress.say(text, 'failed')
  // Nothing was promised yet: what runs is stopped, so that the next start begins clean.
  await stopChildren()
})

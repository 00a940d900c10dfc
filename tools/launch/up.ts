// Starts the supervisor and waits until everything answers; a later start finds it running and only says so.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { evidenceFromEnvironment, refuseToLeaveEvidence } from './evidence-setting.ts'
import { readJson, writeJson } from './files.ts'
import { openLog } from './logs.ts'
import { publicHost, publicUrl } from './plan.ts'
import { folderFault, startFault } from './preflight.ts'
import { formatProgress, readProgress } from './progress.ts'
import { loadSettings } from './settings.ts'
import { type Given, loadSecrets, makeStateFolder, type StateFolder, supervisorOf } from './state.ts'
import type { SupervisorState } from './supervisor.ts'
import { witnessFromEnvironment } from './witness-setting.ts'

const patienceMs = 15 * 60_000

export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const unknown = args.find((arg) => arg !== '--demo')
  if (unknown !== undefined) throw new Error(`up does not know ${unknown}`)
  const demo = args.includes('--demo')
  const running = supervisorOf(state)
  const fault = running === undefined ? startFault(state) : folderFault(state)
  if (fault !== undefined) throw new Error(fault)
  makeStateFolder(state)
  const settings = loadSettings(state.configFile)
  if (running !== undefined && demo && !settings.demo) throw new Error('this deployment is not a demo; use another HUABIAO_STATE')
  takeGiven(state, running !== undefined)
  let started: ChildProcess | undefined
  if (running === undefined) {
    if (demo && !settings.demo) {
      if (existsSync(state.of('control-plane')))
        throw new Error('this deployment was started without --demo; use another HUABIAO_STATE')
      writeJson(state.configFile, { ...readJson<object>(state.configFile), demo: true })
    }
    rmSync(join(state.run, 'progress.jsonl'), { force: true })
    started = startSupervisor(state)
  }
  const ready = await follow(state, started)
  if (!ready) return 1
  await announce(state, running !== undefined)
  return 0
}

/** Remembers the database, the bucket and the witness that the environment names. What runs already would not hear of them. */
function takeGiven(state: StateFolder, running: boolean): void {
  const databaseUrl = process.env.HUABIAO_DATABASE_URL || undefined
  const evidence = evidenceFromEnvironment(process.env)
  const witness = witnessFromEnvironment(process.env)
  const before = loadSecrets(state)
  refuseToLeaveEvidence(state, before, evidence)
  const given: Given = {
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(evidence ? { evidence } : {}),
    ...(witness ? { witness } : {}),
  }
  const now = { ...before, ...given }
  if (JSON.stringify(now) === JSON.stringify(before)) return
  if (running) throw new Error('this deployment runs with another database, evidence store or witness: ./huabiao down first')
  loadSecrets(state, given)
}

function startSupervisor(state: StateFolder): ChildProcess {
  const log = openLog(state.logFile('supervisor'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'supervisor.ts')], {
    cwd: '/',
    env: { ...process.env, HUABIAO_STATE: state.dir },
    stdio: ['ignore', log, log],
    detached: true,
  })
  child.unref()
  closeSync(log)
  return child
}

/** Prints what the supervisor says until it says that it is ready, or gave up. One that is still being loaded has said nothing yet. */
async function follow(state: StateFolder, started: ChildProcess | undefined): Promise<boolean> {
  const file = join(state.run, 'progress.jsonl')
  const until = performance.now() + patienceMs
  let shown = 0
  let silentSince = performance.now()
  while (performance.now() < until) {
    const lines = readProgress(file)
    const fresh = lines.slice(shown)
    // One that was running long ago has told its story already.
    const old = shown === 0 && lines.at(-1)?.end === 'ready' && fresh.length > 3
    if (!old) for (const line of fresh) console.log(formatProgress(line))
    shown = lines.length
    const end = lines.at(-1)?.end
    if (end === 'ready') return true
    if (end === 'failed') return false
    const alive =
      supervisorOf(state) !== undefined || (started !== undefined && started.exitCode === null && started.signalCode === null)
    if (alive) silentSince = performance.now()
    if (!alive && performance.now() - silentSince > 5_000) {
      console.error(`the supervisor ended; see ${state.logFile('supervisor')}`)
      return false
    }
    await sleep(100)
  }
  console.error('it takes too long; see `huabiao doctor`')
  return false
}

interface Credential {
  login: string
  name: string
  unit: string
  roles: readonly string[]
  password: string
}
async function announce(state: StateFolder, again: boolean): Promise<void> {
  const kept = readJson<SupervisorState>(join(state.run, 'state.json'))
  if (!kept) return
  const url = publicUrl(kept.settings, kept.ports)
  console.log(`\n华表 Huabiao  ${url}   SSH 堡垒机 / bastion: ssh -p ${kept.ports.ssh} <login>@${publicHost(kept.settings)}`)
  const told = join(state.run, 'told')
  if (again || existsSync(told)) return
  if (kept.settings.demo) {
    const accounts = readJson<{ accounts: Credential[] }>(state.credentialsFile)?.accounts ?? []
    console.log('\n演示账号（只显示这一次；之后见状态目录）/ demo accounts, shown this once:\n')
    for (const one of accounts)
      console.log(`  ${one.login.padEnd(12)} ${one.password}   ${one.roles.join(' ').padEnd(8)} ${one.name} · ${one.unit}`)
    console.log('\n动态口令 / one-time code of an account:  ./huabiao code <login>')
  } else {
    console.log(`\n首次启用须三人在场 / the first-run ceremony needs three persons:  ${url}/ceremony`)
    console.log(`一次性启用码 / one-time token: ${loadSecrets(state).ceremonyToken}`)
  }
  writeJson(told, { at: new Date().toISOString() })
}

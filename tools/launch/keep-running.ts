// Keeps one child running: adopts it when it outlived an earlier supervisor, restarts it when it dies, gives it up when
// that helps no more.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writeJson } from './files.ts'
import { lastLines } from './logs.ts'
import { isAlive, type ProcessId } from './proc.ts'
import { restartDelayMs } from './restart-policy.ts'
import type { PidFile } from './state.ts'

export interface Started {
  id: ProcessId
  gone: Promise<void>
}

export interface ChildSpec {
  name: string
  /** Changes when a survivor of an earlier supervisor is no longer what would be started now. */
  fingerprint: string
  pidFile: string
  logFile: string
  port: number | undefined
  start(): Promise<Started>
  stop(id: ProcessId): Promise<void>
  /** Whether it does its work: listens, answers. */
  ready(): Promise<boolean>
}

export type ChildStatus = 'starting' | 'running' | 'restarting' | 'failed' | 'stopped'

export interface ChildState {
  name: string
  status: ChildStatus
  pid: number | undefined
  startTime: number | undefined
  restarts: number
  port: number | undefined
  logFile: string
  /** The end of its log, when it was given up. */
  lastLines: string[]
}

export interface KeptChild {
  state: ChildState
  /** True once it does its work, false when it was given up or stopped before. */
  whenReady(timeoutMs: number): Promise<boolean>
  /** Starts a child that was given up again. */
  retry(): void
  stop(): Promise<void>
}

/** Waits until a process that is not our child is gone. */
export async function watchGone(id: ProcessId): Promise<void> {
  while (isAlive(id)) await sleep(250)
}

/** The survivor named by the pid file, if it is what would be started now. One that is not is stopped. */
export async function adopt(spec: ChildSpec): Promise<Started | undefined> {
  const left = readJson<PidFile>(spec.pidFile)
  if (left === undefined || !isAlive(left)) return undefined
  const id = { pid: left.pid, startTime: left.startTime }
  if (left.fingerprint === spec.fingerprint) return { id, gone: watchGone(id) }
  await spec.stop(id)
  return undefined
}

export function keepRunning(spec: ChildSpec, changed: () => void): KeptChild {
  const state: ChildState = {
    name: spec.name,
    status: 'starting',
    pid: undefined,
    startTime: undefined,
    restarts: 0,
    port: spec.port,
    logFile: spec.logFile,
    lastLines: [],
  }
  const stopping = new AbortController()
  let deaths: number[] = []
  let loop = run()

  function show(status: ChildStatus, id?: ProcessId): void {
    Object.assign(state, { status, pid: id?.pid, startTime: id?.startTime })
    state.lastLines = status === 'failed' ? lastLines(spec.logFile, 10) : []
    changed()
  }

  async function startOnce(): Promise<void> {
    const started = (await adopt(spec)) ?? (await spec.start())
    writeJson(spec.pidFile, { ...started.id, fingerprint: spec.fingerprint } satisfies PidFile)
    show('running', started.id)
    await started.gone
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await startOnce().catch((error: unknown) => {
        appendFileSync(spec.logFile, `supervisor: ${error instanceof Error ? error.message : String(error)}\n`)
      })
      if (stopping.signal.aborted) break
      deaths.push(Date.now())
      const delay = restartDelayMs(deaths, Date.now())
      if (delay === undefined) return show('failed')
      state.restarts += 1
      show('restarting')
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    show('stopped')
  }

  return {
    state,
    async whenReady(timeoutMs) {
      const until = performance.now() + timeoutMs
      while (performance.now() < until && state.status !== 'failed' && !stopping.signal.aborted) {
        if (state.status === 'running' && (await spec.ready())) return true
        await sleep(50)
      }
      return false
    },
    retry() {
      if (state.status !== 'failed') return
      deaths = []
      show('starting')
      loop = run()
    },
    async stop() {
      stopping.abort()
      const { pid, startTime } = state
      if (pid !== undefined && startTime !== undefined) await spec.stop({ pid, startTime })
      await loop
    },
  }
}

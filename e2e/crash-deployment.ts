import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sayPresent } from '@huabiao/domains/change/change-execution.contract'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import type { Deployment } from './deployment.ts'
import { cast } from './portal-change.ts'

/** Kills processes of a deployment as a power cut or the kernel would, and waits for what its supervisor does about it. */

const run = promisify(execFile)
const huabiao = join(import.meta.dirname, '..', 'huabiao')

export type Process = 'bastion' | 'bastion-2' | 'bastion-tenant' | 'control-plane' | 'signer' | 'postgres' | 'supervisor'

export const pidOf = (on: Deployment, name: Process): number =>
  (JSON.parse(readFileSync(join(on.state, 'run', `${name}.pid.json`), 'utf8')) as { pid: number }).pid

export const stopProcess = (on: Deployment, name: Process): boolean => process.kill(pidOf(on, name), 'SIGSTOP')
export const goOn = (on: Deployment, name: Process): boolean => process.kill(pidOf(on, name), 'SIGCONT')

export async function eventually<T>(what: string, look: () => T | Promise<T>, patienceMs = 90_000): Promise<NonNullable<T>> {
  const end = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > end) throw new Error(`never: ${what}`)
    await sleep(150)
  }
}

/** Kills a process and waits until another one does its work. */
export async function killAndRecover(on: Deployment, name: Process): Promise<void> {
  const before = pidOf(on, name)
  process.kill(before, 'SIGKILL')
  // The supervisor is nobody's child: the command that starts a deployment finds the others running and takes them over.
  if (name === 'supervisor')
    await run(huabiao, ['up', '--demo'], { env: { ...process.env, HUABIAO_PLATFORM_GATEWAYS: '1', HUABIAO_STATE: on.state } })
  await eventually(`${name} runs again`, () => pidOf(on, name) !== before && answers(on))
  if (name === 'signer') await eventually('the signer listens', () => accepts(join(on.state, 'sockets', 'signer.sock')))
}

const accepts = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** Kills one server process of the database: the postmaster then ends all of them and recovers. */
export async function killBackend(on: Deployment): Promise<void> {
  const postmaster = pidOf(on, 'postgres')
  const backend = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => parentOf(pid) === postmaster && titleOf(pid).includes('huabiao_app'))
  if (!backend) throw new Error('the database has no session of the control plane')
  process.kill(Number(backend), 'SIGKILL')
  await eventually('the database answers', () => answers(on))
}
const titleOf = (pid: string): string => readOr(`/proc/${pid}/cmdline`)
const parentOf = (pid: string): number => {
  const stat = readOr(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Whether the platform answers a person, with the database behind it. */
const answers = async (on: Deployment): Promise<boolean> =>
  (await on.as(cast.executor))(getMe, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  )

/** Asks again while a part of the platform is away; only for what is safe to ask twice. */
export const insist = <T>(what: string, ask: () => Promise<T>): Promise<NonNullable<T>> =>
  eventually(what, () =>
    ask().catch((cause: unknown) => {
      if (cause instanceof ProblemError && cause.problem.status < 500) throw cause
      return undefined
    }),
  ) as Promise<NonNullable<T>>

/** Executor and reviewer stay at their desks, whatever the platform does. */
export function stayPresent(on: Deployment, changeIds: readonly string[]): () => void {
  const over = new AbortController()
  void (async () => {
    while (!over.signal.aborted) {
      for (const changeId of changeIds)
        for (const login of [cast.executor, cast.reviewer])
          await (await on.as(login))(sayPresent, { params: { changeId }, signal: AbortSignal.timeout(2_000) }).catch(
            () => undefined,
          )
      await sleep(4_000, undefined, { signal: over.signal }).catch(() => undefined)
    }
  })()
  return () => over.abort()
}

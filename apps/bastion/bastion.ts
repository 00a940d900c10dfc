import { createPrivateKey, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayKeys } from '@huabiao/domains/session/session-gateway.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { isPublicKeyEntry, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { SealingKey } from '@huabiao/kit/crypto/signer-client'
import { z } from 'zod'
import type { BastionConfig } from './config.ts'
import { type ControlPlane, causeOf, controlPlane, untilAnswered } from './control-plane.ts'
import { DurableSet, writeDurably } from './durable.ts'
import { LiveSessions, type SessionsOptions } from './live-sessions.ts'
import type { Log } from './log.ts'
import { Quarantine } from './quarantine.ts'
import type { PendingRun } from './runner.ts'
import { startSshFront } from './ssh-front.ts'
import { targetReach } from './target-reach.ts'
import { hello, workLoop } from './work-loop.ts'
import { startWsFront } from './ws-front.ts'

export const version = '0.1.0'
const sweepMs = 3_600_000

export interface Bastion {
  readonly sshPort: number
  readonly wsPort: number
  /** Rejects when the gateway can no longer work, as when another boot has taken its place. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Puts the gateway together: nothing listens before the control plane has been greeted and old runs are settled. */
export async function startBastion(config: BastionConfig, clock: Clock, log: Log): Promise<Bastion> {
  const stop = new AbortController()
  const { signal } = stop
  const serviceKey = createPrivateKey(readFileSync(config.serviceKeyFile))
  if (serviceKey.asymmetricKeyType !== 'ed25519') throw new TypeError('the service key is no Ed25519 key')
  const plane = controlPlane({ url: config.controlPlaneUrl, id: config.id, key: serviceKey, clock })
  const pendingDir = join(config.stateDir, 'pending')
  mkdirSync(pendingDir, { recursive: true, mode: 0o700 })
  const keys = await signerKeys(config, plane, signal)
  const options: SessionsOptions = {
    id: config.id,
    plane: config.plane,
    bootId: randomUUID(),
    serviceKey,
    keys,
    gateway: plane.gateway,
    clock,
    pending: new DurableSet<PendingRun>(pendingDir),
    signal,
    spoolDir: config.spoolDir,
    reach: targetReach(config),
    sealingKey: await sealingKey(plane, keys, signal),
    log,
  }
  await hello(options, version)
  const sessions = new LiveSessions(options)
  const quarantine = new Quarantine({ folder: join(config.spoolDir, 'quarantine'), gateway: plane.gateway, clock, log })
  await quarantine.settle()
  const sweepAll = (): void => {
    quarantine.sweep().catch((cause: unknown) => log({ level: 'error', event: 'quarantine_not_swept', cause: causeOf(cause) }))
  }
  sweepAll()
  const sweep = setInterval(sweepAll, sweepMs).unref()
  const ssh = await startSshFront({ ...config.ssh, gatewayId: config.id, plane, sessions, quarantine, log })
  const ws = await startWsFront({ ...config.ws, gatewayId: config.id, plane, sessions, log })
  const ended = workLoop(options, sessions)
  ended.catch((cause: unknown) => log({ level: 'error', event: 'work_loop_ended', cause: causeOf(cause) }))
  return {
    sshPort: ssh.port,
    wsPort: ws.port,
    ended,
    close: async () => {
      clearInterval(sweep)
      await Promise.all([ssh.close(), ws.close()])
      await Promise.race([sessions.close(), new Promise((resolve) => setTimeout(resolve, 5_000).unref())])
      stop.abort()
      await ended.catch(() => undefined)
    },
  }
}

/** Given by hand, or pinned at the first meeting: afterwards no answer of the control plane changes whom this gateway believes. */
async function signerKeys(config: BastionConfig, plane: ControlPlane, signal: AbortSignal): Promise<PublicKeyEntry[]> {
  if (config.trustedSignerKeys) return checked(config.trustedSignerKeys)
  const path = join(config.stateDir, 'signer-keys.json')
  if (existsSync(path)) return checked(JSON.parse(readFileSync(path, 'utf8')))
  const { keys } = await untilAnswered(() => plane.gateway(gatewayKeys), signal)
  const entries = checked(keys)
  writeDurably(path, JSON.stringify(entries))
  return entries
}
/** Asked at each start, and believed only with the signatures of the pinned keys. */
async function sealingKey(plane: ControlPlane, keys: readonly PublicKeyEntry[], signal: AbortSignal): Promise<Uint8Array> {
  const { sealing } = await untilAnswered(() => plane.gateway(gatewayKeys), signal)
  const verdict = verifyEnvelope('sealing-key', sealing, keys)
  if (!verdict.ok) throw new TypeError('the sealing key is not signed by the signer')
  return Buffer.from(SealingKey.parse(verdict.payload).publicKey, 'base64')
}
function checked(value: unknown): PublicKeyEntry[] {
  const entries = z.array(PublicKeyEntry).min(2).max(20).parse(value)
  if (!entries.every(isPublicKeyEntry)) throw new TypeError('a signer key is not what its id says')
  return entries
}

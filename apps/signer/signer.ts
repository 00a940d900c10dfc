import { chmodSync, existsSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Clock } from '@huabiao/kit/clock/clock'
import { signerAddress } from '@huabiao/kit/crypto/signer-client'
import type { SignerConfig } from './config.ts'
import type { SignerFacts } from './facts.ts'
import { Grants } from './grants.ts'
import { openKeyStore } from './key-store.ts'
import { type LogLine, signerServer } from './server.ts'
import { TreeHeads } from './tree-heads.ts'

export interface RunningSigner {
  /** Where it listens: the socket path, or `host:port` with the port that was really taken. */
  readonly socket: string
  close(): Promise<void>
}

/** Starts a signer with its database and clock as arguments. */
export async function startSigner(
  config: SignerConfig,
  facts: SignerFacts,
  clock: Clock,
  log: (line: LogLine) => void,
): Promise<RunningSigner> {
  const keys = openKeyStore(config.stateDir)
  const treeHeads = new TreeHeads(config.stateDir, keys.signing, facts, clock)
  const grants = new Grants({
    stateDir: config.stateDir,
    keys,
    facts,
    clock,
    gateways: config.authorizedGateways,
    sourceAddresses: config.gatewaySourceAddresses,
  })
  const server = signerServer({ token: config.token, keys: keys.published, treeHeads, grants, log })
  const address = signerAddress(config.socket)
  if ('socketPath' in address) await removeDeadSocket(address.socketPath)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('socketPath' in address ? { path: address.socketPath } : { host: address.host, port: address.port }, resolve)
  })
  // The group is for a control plane that runs as another user; what protects the signer is the token.
  if ('socketPath' in address) chmodSync(address.socketPath, 0o660)
  const bound = server.address()
  const socket =
    'host' in address && bound && typeof bound === 'object' ? `${bracketed(address.host)}:${bound.port}` : config.socket
  return {
    socket,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      treeHeads.close()
      grants.close()
      await facts.close()
    },
  }
}

/** A signer that was killed leaves its socket file. It is removed only if nobody answers on it. */
async function removeDeadSocket(path: string): Promise<void> {
  if (!existsSync(path)) return
  const probe = connect(path)
  const answers = await new Promise<boolean>((resolve) => {
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  probe.destroy()
  if (answers) throw new Error(`another signer listens on ${path}`)
  unlinkSync(path)
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

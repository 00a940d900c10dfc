import { chmodSync, existsSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Clock } from '@huabiao/kit/clock/clock'
import { socketAddress } from '@huabiao/kit/crypto/signer-client'
import { Checks } from './checks.ts'
import type { SignerConfig } from './config.ts'
import type { SignerFacts } from './facts.ts'
import { Gateways } from './gateways.ts'
import { Grants } from './grants.ts'
import { IdTokens } from './id-tokens.ts'
import { openKeyStore } from './key-store.ts'
import { openKeystrokes } from './keystrokes.ts'
import { Releases } from './releases.ts'
import { type LogLine, signerServer } from './server.ts'
import { TreeHeads } from './tree-heads.ts'
import { Vault } from './vault.ts'

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
  const releases = new Releases(keys, facts, clock)
  const gateways = new Gateways(config.authorizedGateways)
  const vault = new Vault(config.stateDir, { seal: keys.vault, clock, gateways, facts })
  const grants = new Grants({
    vault,
    releases,
    stateDir: config.stateDir,
    keys,
    facts,
    clock,
    gateways,
    sourceAddresses: config.gatewaySourceAddresses,
  })
  const idTokens = new IdTokens({ keys, facts, clock, issuer: config.idTokenIssuer })
  const checks = new Checks(config.stateDir, { keys, facts, clock, gateways, sourceAddresses: config.gatewaySourceAddresses })
  const server = signerServer({
    token: config.token,
    keys: keys.published,
    treeHeads,
    grants,
    checks,
    vault,
    releases,
    idTokens,
    openKeystrokes: (body) => openKeystrokes({ facts, sealing: keys.sealing, clock }, body),
    log,
  })
  const address = socketAddress(config.socket)
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
      checks.close()
      vault.close()
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

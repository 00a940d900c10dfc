import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Resolve, resolveName } from '@huabiao/kit/net/reach'
import type { BastionConfig } from './config.ts'

/**
 * Where the gateway goes for a step. A registry that was altered, or a name that somebody else answers for, must not make it a way to its
 * own machine, or to what a cloud tells its guests (RL-18, S1-3.2-21).
 */

/** No address of any machine that steps run on, whatever a deployment says. RFC 6890; metadata services of clouds. */
const never = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['224.0.0.0', 3],
] as const)
  never.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['ff00::', 8],
] as const)
  never.addSubnet(net, bits, 'ipv6')
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const holds = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
/** `::ffff:10.0.0.1` is 10.0.0.1 and nothing else. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

export type Reach = (host: string, port: number) => Promise<string>

export interface ReachFacts {
  /** Addresses of this machine's interfaces. */
  readonly own: readonly string[]
  readonly resolve: Resolve
}
/** Asked each time: interfaces come and go. */
const ofThisMachine: ReachFacts = {
  get own() {
    return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => plain(address)))
  },
  resolve: resolveName,
}

/**
 * Answers the address to connect to. The caller connects to this very address and asks no name again: one that answers otherwise the second
 * time (rebinding) leads nowhere. One forbidden address among several forbids the name.
 * @throws Error where an address is no target's; the message says which and why
 */
export const targetReach =
  (config: Pick<BastionConfig, 'localTargets'>, machine: ReachFacts = ofThisMachine): Reach =>
  async (host, port) => {
    const addresses = (isIP(host) ? [host] : await machine.resolve(host)).map(plain)
    if (addresses.length === 0) throw new Error(`${host} has no address`)
    const own = new Set(machine.own)
    for (const address of addresses) {
      if (isIP(address) === 0 || holds(never, address)) throw new Error(`${host}: ${address} is no address of a target`)
      if ((holds(loopback, address) || own.has(address)) && !config.localTargets.includes(port))
        throw new Error(`${host}: ${address} is the bastion’s own machine, and ${port} no target there`)
    }
    return addresses[0]!
  }

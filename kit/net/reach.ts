import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** Where a process of ours may connect when a name leads it: to public addresses, and to networks that the deployment lists. */

const special = new BlockList()
// RFC 6890 and its registry: this host, private, shared (cloud metadata at 100.100.100.200), loopback, link-local (metadata at
// 169.254.169.254), protocol assignments, documentation, relay, benchmarks, multicast, reserved, broadcast.
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(net, bits, 'ipv4')
// Of IPv6 only global unicast is public, without what carries an IPv4 address (Teredo, 6to4) or is for documents.
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(net, bits, 'ipv6')
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  return family === 6 && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** `10.2.0.0/16`; undefined for what is none. */
export function networksOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [net = '', bits = ''] = cidr.split('/')
    list.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

export type Resolve = (name: string) => Promise<readonly string[]>
export const resolveName: Resolve = async (name) => (await lookup(name, { all: true })).map((one) => one.address)

/**
 * The address to connect to. The caller connects to this very address and asks no name again: a name that answers otherwise the
 * second time (rebinding) leads nowhere. One forbidden address among several forbids the name: whoever put it there meant it.
 */
export async function reachableAddress(name: string, own: BlockList, resolve: Resolve = resolveName): Promise<string> {
  const addresses = isIP(name) ? [name] : await resolve(name)
  const admitted = (address: string): boolean =>
    isPublicAddress(address) || (isIP(address) !== 0 && own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  if (addresses.length === 0 || !addresses.every(admitted)) throw new Error(`${name} leads to an address that is not admitted`)
  return addresses[0]!
}

import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

/** A network of the deployment, and where on earth it is. */
export const KnownNetwork = z
  .strictObject({
    cidr: z.string().max(50),
    name: z.string().min(1).max(60),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  })
  .refine(({ cidr }) => listOf(cidr) !== undefined, { error: 'no network' })
export type KnownNetwork = z.infer<typeof KnownNetwork>

function listOf(cidr: string): BlockList | undefined {
  const [address = '', bits = ''] = cidr.split('/')
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list
}

/** Where an address is; the first network that holds it, so the smaller ones come first. */
export function placesOf(networks: readonly KnownNetwork[]) {
  const known = networks.map(({ cidr, name, latitude, longitude }) => ({
    list: listOf(cidr)!,
    place: { name, latitude, longitude },
  }))
  return (address: string) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(plain)
    return family === 0 ? undefined : known.find(({ list }) => list.check(plain, family === 4 ? 'ipv4' : 'ipv6'))?.place
  }
}

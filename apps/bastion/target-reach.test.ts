import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { BastionConfig } from './config.ts'
import { targetReach } from './target-reach.ts'

const machine = { own: ['10.8.0.5', 'fd12::5'], resolve: async (name: string) => names[name] ?? [] }
const names: Record<string, readonly string[]> = {
  'portal.city': ['10.8.3.7'],
  'rebound.city': ['10.8.3.7', '127.0.0.1'],
  'metadata.city': ['169.254.169.254'],
}
const reach = targetReach({ localTargets: [2201] }, machine)

test('a target is reached at its address; a name is asked once, and the address it gave is the one', async () => {
  expect(await reach('10.8.3.7', 22)).toBe('10.8.3.7')
  expect(await reach('portal.city', 22)).toBe('10.8.3.7')
  expect(await reach('fd12::7', 22)).toBe('fd12::7')
})

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '::1',
  '::ffff:127.0.0.1',
  '::FFFF:10.8.0.5',
  '10.8.0.5',
  'fd12::5',
  'rebound.city',
])('RL-18 %s leads to the bastion itself: refused, but for the ports where targets are said to be', async (host) => {
  await expect(reach(host, 5432)).rejects.toThrow('own machine')
  if (host !== 'rebound.city') expect(await reach(host, 2201)).toBeTruthy()
})

test.each([
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '100.100.100.200',
  'fd00:ec2::254',
  'fe80::1',
  '0.0.0.0',
  '::',
  '224.0.0.1',
  '255.255.255.255',
  'metadata.city',
])('RL-18 %s is no address of a target on any port', async (host) => {
  await expect(reach(host, 22)).rejects.toThrow('no address of a target')
  await expect(reach(host, 2201)).rejects.toThrow('no address of a target')
})

test('a name without an address is said so', async () => {
  await expect(reach('nobody.city', 22)).rejects.toThrow('no address')
})

test('this very machine is known by each of its interfaces', async () => {
  for (const one of Object.values(networkInterfaces()).flatMap((all) => all ?? []))
    await expect(targetReach({ localTargets: [] })(one.address, 22), one.address).rejects.toThrow(
      /own machine|no address of a target/,
    )
})

test('doors of the bastion itself are never targets, whatever the file says', () => {
  const config = {
    stateDir: '/s',
    id: 'gw-1',
    plane: 'platform',
    serviceKeyFile: '/k',
    controlPlaneUrl: 'http://127.0.0.1:8600',
    ssh: { host: '0.0.0.0', port: 8622, hostKeyFile: '/h' },
    ws: { host: '0.0.0.0', port: 8623, allowedOrigins: [] },
    spoolDir: '/p',
  }
  expect(BastionConfig.parse(config).localTargets).toEqual([])
  expect(BastionConfig.safeParse({ ...config, localTargets: [2201] }).success).toBe(true)
  for (const port of [8622, 8623]) expect(BastionConfig.safeParse({ ...config, localTargets: [2201, port] }).success).toBe(false)
})

// A real S3-compatible object storage for tests and journeys: OpenStack Swift from Debian's packages, with its S3 door, on
// loopback and in a folder of its own. One zone, one copy: it proves the protocol, not the storage.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { accepts } from './node-child.ts'
import { ensurePackages, type SystemPackage } from './packages.ts'
import { anyFreePort } from './ports.ts'
import { identify, type ProcessId, terminate } from './proc.ts'

const run = promisify(execFile)

export const swift: readonly SystemPackage[] = ['proxy', 'account', 'container', 'object'].map((part) => ({
  name: `swift-${part}`,
  proof: [`/usr/bin/swift-${part}-server`],
}))

const parts = ['account', 'container', 'object', 'proxy'] as const
type Part = (typeof parts)[number]

export interface Swift {
  readonly origin: string
  readonly region: string
  readonly keyId: string
  readonly secret: string
  /** Its door closes; what it holds stays. */
  leave(): Promise<void>
  comeBack(): Promise<void>
  stop(): Promise<void>
}

const asFile = (sections: Record<string, Record<string, string>>): string =>
  Object.entries(sections)
    .map(([name, entries]) => [`[${name}]`, ...Object.entries(entries).map(([key, value]) => `${key} = ${value}`), ''].join('\n'))
    .join('\n')

interface Place {
  readonly folder: string
  readonly ports: Readonly<Record<Part, number>>
  readonly secret: string
}
const region = 'cn-test-1'
const user = { account: 'huabiao', name: 'evidence' }

function writeConfiguration({ folder, ports, secret }: Place): void {
  mkdirSync(join(folder, 'devices', 'd1'), { recursive: true })
  mkdirSync(join(folder, 'cache'), { recursive: true })
  writeFileSync(join(folder, 'swift.conf'), asFile({ 'swift-hash': { swift_hash_path_suffix: 'huabiao' } }))
  for (const part of parts) {
    const app = {
      [`app:${part}-server`]: { use: `egg:swift#${part}`, allow_account_management: 'true', account_autocreate: 'true' },
    }
    const filters: Record<string, Record<string, string>> = part === 'proxy'
      ? {
          'pipeline:main': { pipeline: 'cache s3api tempauth proxy-server' },
          'filter:cache': { use: 'egg:swift#memcache', memcache_servers: '127.0.0.1:1' },
          'filter:s3api': { use: 'egg:swift#s3api', location: region, check_bucket_owner: 'true' },
          'filter:tempauth': { use: 'egg:swift#tempauth', [`user_${user.account}_${user.name}`]: `${secret} .admin` },
        }
      : { 'pipeline:main': { pipeline: `${part}-server` } }
    const common = {
      bind_ip: '127.0.0.1',
      bind_port: String(ports[part]),
      workers: '0',
      user: userInfo().username,
      swift_dir: folder,
      devices: join(folder, 'devices'),
      mount_check: 'false',
      fallocate_reserve: '0',
      disable_fallocate: 'true',
      recon_cache_path: join(folder, 'cache'),
      log_level: 'WARNING',
    }
    writeFileSync(join(folder, `${part}-server.conf`), asFile({ DEFAULT: common, ...filters, ...app }), { mode: 0o600 })
  }
}

/** The rings say where a partition lies; here all lie in one place. In one process: its own tool needs nine, a second each. */
const buildRings = `
import sys
from swift.common.ring import RingBuilder
for name, port in (part.split(':') for part in sys.argv[1:]):
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'weight': 1.0})
    ring.rebalance()
    ring.get_ring().save(name + '.ring.gz')
`

async function startPart({ folder, ports }: Place, part: Part): Promise<ProcessId> {
  const log = openSync(join(folder, `${part}.log`), 'a', 0o600)
  // It goes when the test that started it goes, however that ends.
  const program = [`/usr/bin/swift-${part}-server`, join(folder, `${part}-server.conf`)]
  const child = spawn('/usr/bin/setpriv', ['--pdeathsig', 'TERM', ...program], {
    cwd: folder,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const id = identify(child.pid ?? 0)
  const until = performance.now() + 150_000
  while (!(await accepts({ host: '127.0.0.1', port: ports[part] }))) {
    if (child.exitCode !== null || performance.now() > until) throw new Error(`swift-${part}-server does not start: ${folder}`)
    await sleep(50)
  }
  if (id === undefined) throw new Error(`swift-${part}-server ended as it started`)
  return id
}

/** Starts it in this folder, which goes when it is stopped. */
export async function startSwift(folder: string): Promise<Swift> {
  await ensurePackages(swift, (text) => console.log(text))
  const ports = { account: 0, container: 0, object: 0, proxy: 0 }
  for (const part of parts) ports[part] = await anyFreePort()
  const place: Place = { folder, ports, secret: randomBytes(16).toString('hex') }
  writeConfiguration(place)
  const rings = (['account', 'container', 'object'] as const).map((part) => `${part}:${ports[part]}`)
  await run('/usr/bin/python3', ['-c', buildRings, ...rings], { cwd: folder })
  const running = new Map<Part, ProcessId>()
  const begin = async (part: Part): Promise<void> => void running.set(part, await startPart(place, part))
  const end = async (part: Part): Promise<void> => {
    const id = running.get(part)
    running.delete(part)
    if (id !== undefined) await terminate(id, 5_000)
  }
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map(end))
    rmSync(folder, { recursive: true, force: true })
  }
  const started = await Promise.allSettled(parts.map(begin))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed) {
    await Promise.all(parts.map(end))
    throw failed.reason
  }
  return {
    origin: `http://127.0.0.1:${ports.proxy}`,
    region,
    keyId: `${user.account}:${user.name}`,
    secret: place.secret,
    leave: () => end('proxy'),
    comeBack: () => begin('proxy'),
    stop,
  }
}

import { execFileSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { type Bastion, startBastion } from '../../bastion/bastion.ts'

/** A real gateway before a real control plane, in this process. */
export function startGateway(of: {
  readonly folder: string
  readonly id: string
  readonly plane?: 'platform' | 'tenant'
  readonly key: KeyObject
  readonly url: string
  /** May grow while it runs. */
  readonly localTargets: number[]
}): Promise<Bastion> {
  const { folder, id, plane = 'platform', key, url, localTargets } = of
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name), { recursive: true })
  const serviceKeyFile = join(folder, 'service.pem')
  writeFileSync(serviceKeyFile, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')])
  return startBastion(
    {
      stateDir: join(folder, 'state'),
      id,
      plane,
      serviceKeyFile,
      controlPlaneUrl: url,
      ssh: { host: '127.0.0.1', port: 0, hostKeyFile: join(folder, 'host') },
      ws: { host: '127.0.0.1', port: 0, allowedOrigins: ['http://console.test'] },
      spoolDir: join(folder, 'spool'),
      localTargets,
      mayBeRoot: true,
      mustNotRead: [],
      mustNotReach: [],
    },
    systemClock,
    () => undefined,
  )
}

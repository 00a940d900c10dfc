import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment } from '../../e2e/deployment.ts'
import { databaseUrls } from '../launch/database.ts'
import { listProcesses } from '../launch/proc.ts'
import { loadSecrets, stateFolder } from '../launch/state.ts'

/** The processes of a deployment, to be asked for their processor time, and its database as its owner. */
export interface Parts {
  readonly controlPlane: number
  readonly bastion: number
  readonly postgres: () => number[]
  readonly ownerUrl: string
}
export function partsOf(on: Deployment): Parts {
  const state = stateFolder(on.state)
  const pid = (child: string): number => (JSON.parse(readFileSync(state.pidFile(child), 'utf8')) as { pid: number }).pid
  const { ports } = JSON.parse(readFileSync(join(state.run, 'state.json'), 'utf8')) as { ports: { postgres: number } }
  const server = pid('postgres')
  return {
    controlPlane: pid('control-plane'),
    bastion: pid('bastion'),
    postgres: () => [server, ...listProcesses().flatMap((one) => (one.parent === server ? [one.pid] : []))],
    ownerUrl: databaseUrls(loadSecrets(state, undefined), ports.postgres).owner,
  }
}

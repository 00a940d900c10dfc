// The gateways of one machine: two of the platform's plane, so that one may die, and one of the tenants' (S3-A.8-02, S3-A.8-03).
import { join } from 'node:path'
import { makeFolder, type Owner } from './files.ts'
import { serviceKey } from './keys.ts'
import type { PortName, Settings } from './settings.ts'
import type { StateFolder } from './state.ts'

export const gatewayNames = ['bastion', 'bastion-2', 'bastion-tenant'] as const
export type GatewayName = (typeof gatewayNames)[number]

export interface GatewayPlace {
  readonly name: GatewayName
  readonly id: string
  readonly plane: 'platform' | 'tenant'
  readonly ssh: PortName
  readonly ws: PortName
}
const places: readonly GatewayPlace[] = [
  { name: 'bastion', id: 'gw-platform-1', plane: 'platform', ssh: 'ssh', ws: 'ws' },
  { name: 'bastion-2', id: 'gw-platform-2', plane: 'platform', ssh: 'ssh2', ws: 'ws2' },
  { name: 'bastion-tenant', id: 'gw-tenant-1', plane: 'tenant', ssh: 'sshtenant', ws: 'wstenant' },
]
export const gatewaysOf = (settings: Pick<Settings, 'platformGateways'>): readonly GatewayPlace[] =>
  places.filter(({ name }) => name !== 'bastion-2' || settings.platformGateways > 1)

/** The public half of a gateway's key, which the signer and the control plane are told. */
export function gatewayKey(state: StateFolder, name: GatewayName, owner: Owner | undefined): string {
  makeFolder(state.of(name), 0o700, owner)
  return serviceKey(join(state.of(name), 'service-key.pem'), owner)
}

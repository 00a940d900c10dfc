import type { Plane } from '@huabiao/kit/actor/actor'

export interface Target {
  readonly id: string
  readonly tenantId: string
  readonly plane: Plane
  readonly name: string
  readonly host: string
  readonly port: number
  readonly hostKeySha256: string
  readonly systemId: string
  readonly systemName: string
  readonly unitName: string
  readonly tier: 'edge' | 'inner' | 'core'
  readonly environment: 'production' | 'staging'
  /** `login` is the account's name on the host; `name` is what plans call it. */
  readonly accounts: readonly { readonly name: string; readonly login: string; readonly privileged: boolean }[]
}

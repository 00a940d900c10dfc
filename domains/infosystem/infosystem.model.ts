import type { RefusalTable } from '@huabiao/kit/errors/errors'

export const infosystemRefusals = { 'infosystem.not_found': { status: 404 } } as const satisfies RefusalTable
export type InfosystemRefusal = keyof typeof infosystemRefusals

export interface InformationSystem {
  readonly id: string
  /** The user unit (使用单位) that owns it. */
  readonly tenantId: string
  readonly unitName: string
  readonly code: string
  readonly name: string
  readonly mlpsLevel: number
  readonly zone: 'government-extranet' | 'internet'
  /** Named contact of the customer (客户指定接口人), who consents to changes. */
  readonly contactPersonId: string | null
  readonly contactName: string | null
}

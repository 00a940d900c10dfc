import type { PermissionRequestView } from '@huabiao/domains/access/access.contract'

export const requestTones = {
  open: 'wait',
  granted: 'good',
  rejected: 'bad',
  withdrawn: 'neutral',
  expired: 'neutral',
  ended: 'neutral',
} as const satisfies Record<PermissionRequestView['state'], string>

type Grant = NonNullable<PermissionRequestView['grant']>
export const grantTones = {
  pending: 'wait',
  active: 'good',
  expiring: 'wait',
  suspended: 'bad',
  ended: 'neutral',
  revoked: 'neutral',
} as const satisfies Record<Grant['state'], string>

/** The stage whose turn it is; none once the request is decided. */
export const openStageOf = (request: PermissionRequestView): PermissionRequestView['stages'][number] | undefined =>
  request.state === 'open' ? request.stages.find((stage) => stage.state === 'open') : undefined
export const isOverdue = (stage: { dueAt: string | null }, now: number = Date.now()): boolean =>
  stage.dueAt !== null && Date.parse(stage.dueAt) < now

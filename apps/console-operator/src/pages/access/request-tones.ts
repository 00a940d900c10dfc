import type { PermissionRequestView } from '@huabiao/domains/access/access.contract'

export const requestTones = {
  open: 'wait',
  granted: 'good',
  rejected: 'bad',
  withdrawn: 'neutral',
  expired: 'neutral',
} as const satisfies Record<PermissionRequestView['state'], string>

import type { DepartureState } from '@huabiao/domains/lifecycle/lifecycle.model'
import type { HeldKind } from '@huabiao/domains/lifecycle/lifecycle-handover.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'
import { paths } from '../../app/paths.ts'

export const departureTones: Readonly<Record<DepartureState, Tone>> = {
  proposed: 'info',
  notice: 'wait',
  cut: 'bad',
  complete: 'good',
  cancelled: 'neutral',
}
/** Where the act is that takes a thing out of somebody's hands; undefined where this page is the place. */
export function pathOfItem({ kind, id, label }: { kind: HeldKind; id: string; label: string }): string | undefined {
  if (kind.startsWith('change.')) return paths.change(id)
  if (kind === 'approval.seat')
    return label === 'permission-request'
      ? paths.permissionRequest(id)
      : label === 'transfer-ticket'
        ? paths.ticket(id)
        : paths.change(id)
  if (kind === 'emergency.filing') return paths.emergency(id)
  if (kind === 'violation.answer') return paths.violation(id)
  if (kind === 'announcement.open') return paths.announcement(id)
  if (kind === 'release.draft') return paths.release(id)
  if (kind === 'transfer.ticket') return paths.ticket(id)
  if (kind === 'session') return paths.session(id)
  if (kind === 'role.custody' || kind === 'role.last') return `${paths.bindings}?role=${label}`
  return undefined
}

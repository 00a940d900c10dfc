import type { EmergencyItem } from '@huabiao/domains/emergency/emergency.contract'
import { answerMs } from '@huabiao/domains/emergency/emergency.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const emergencyTones = {
  invoked: 'wait',
  executing: 'bad',
  stabilised: 'wait',
  retro_draft: 'wait',
  retro_filed: 'info',
  retro_approved: 'good',
  closed: 'neutral',
  refused: 'neutral',
  violation: 'bad',
} as const satisfies Record<EmergencyItem['state'], Tone>

/** What waits for the reader; the first that is open to them. Of those who may end it or withdraw it nothing is waited for. */
export const todoOf = ({ acts, state }: EmergencyItem) => {
  const waited = (['confirm', 'allow', 'renew', 'countersign', 'approve', 'close'] as const).find((act) => acts[act] === null)
  return waited ?? (acts.file === null && (state === 'retro_draft' || state === 'violation') ? ('file' as const) : undefined)
}
/** The deadline that runs now, and what it is of. */
export const dueOf = (one: EmergencyItem): { at: string; of: 'answer' | 'expiry' | 'filing' } | undefined => {
  if (one.state === 'invoked') return { at: new Date(Date.parse(one.invokedAt) + answerMs).toISOString(), of: 'answer' }
  if (one.state === 'executing' && one.notAfter) return { at: one.notAfter, of: 'expiry' }
  const owed = one.state === 'stabilised' || one.state === 'retro_draft'
  return owed && one.filingDueAt ? { at: one.filingDueAt, of: 'filing' } : undefined
}

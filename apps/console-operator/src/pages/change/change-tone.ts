import { type ChangeState, isRunning } from '@huabiao/domains/change/change.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export function toneOf(state: ChangeState): Tone {
  if (isRunning(state)) return 'info'
  if (state === 'paused' || state === 'rejected') return 'bad'
  if (state === 'ready') return 'good'
  if (state === 'closed' || state === 'withdrawn' || state === 'expired') return 'neutral'
  return 'wait'
}
export const toneOfRun = (state: string | undefined): Tone =>
  state === 'succeeded'
    ? 'good'
    : state === 'failed'
      ? 'bad'
      : state === 'unknown'
        ? 'bad'
        : state === 'started' || state === 'granted'
          ? 'info'
          : state === 'accepted'
            ? 'side'
            : 'neutral'
export const toneOfRisk = (risk: string): Tone => (risk === 'R1' ? 'bad' : risk === 'R2' ? 'wait' : 'neutral')

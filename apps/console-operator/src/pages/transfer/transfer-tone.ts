import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const toneOfTransfer = (state: string): Tone =>
  state === 'accepted' || state === 'delivered'
    ? 'good'
    : state === 'open'
      ? 'info'
      : state === 'refused' || state === 'quarantined'
        ? 'bad'
        : 'neutral'

export const toneOfTicket = (state: string): Tone =>
  state === 'ready' || state === 'approved'
    ? 'good'
    : state === 'open' || state === 'fetching'
      ? 'wait'
      : state === 'rejected'
        ? 'bad'
        : 'neutral'

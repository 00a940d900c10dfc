import type { FreezeItem } from '@huabiao/domains/freeze/freeze.contract'

export const freezeTones = { ahead: 'info', holds: 'bad', over: 'neutral', lifted: 'neutral' } as const
/** Where a freeze stands at this moment. */
export function stateOf({ startsAt, endsAt, liftedAt }: FreezeItem, now: number): keyof typeof freezeTones {
  if (liftedAt) return 'lifted'
  if (Date.parse(endsAt) <= now) return 'over'
  return Date.parse(startsAt) <= now ? 'holds' : 'ahead'
}

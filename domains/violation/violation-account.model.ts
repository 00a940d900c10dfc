import type { Sign } from './violation-sign.model.ts'

/** One account in two places (V-D4), and people on duty whose training has lapsed (V-D5): what a logon says beside others of its account. */
export interface Place {
  readonly name: string
  readonly latitude: number
  readonly longitude: number
}
export interface OtherLogon {
  readonly at: Date
  readonly from: string
  /** The session is live and was used within `togetherWithin` of the new one. */
  readonly inUse: boolean
  /** The same registered terminal, the same network, or this very machine. */
  readonly sameDevice: boolean
  readonly place: Place | undefined
}
export interface LogonSeen {
  readonly at: Date
  readonly place: Place | undefined
  readonly others: readonly OtherLogon[]
  /** Holds a role that reaches production. */
  readonly onDuty: boolean
  readonly trained: boolean
}
export const usedWithinMs = 5 * 60_000
/** Logons of so long before are compared: beyond it any two places of the earth are a flight apart. */
export const lookBackMs = 24 * 3_600_000
/** An airliner's speed; below so many kilometres addresses say too little about places. */
const fastestKmPerHour = 900
const farKm = 100

const radians = (degrees: number): number => (degrees * Math.PI) / 180
/** Great circle, on a sphere of the earth's mean radius. */
export function kilometresBetween(a: Place, b: Place): number {
  const [dLat, dLon] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)]
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLon / 2) ** 2
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)))
}
export function impossibleJourney(
  now: { readonly at: Date; readonly place: Place | undefined },
  before: { readonly at: Date; readonly place: Place | undefined },
): { kilometres: number; minutes: number } | undefined {
  if (!now.place || !before.place) return undefined
  const kilometres = kilometresBetween(now.place, before.place)
  const hours = Math.abs(now.at.getTime() - before.at.getTime()) / 3_600_000
  if (kilometres < farKm || kilometres <= fastestKmPerHour * hours) return undefined
  return { kilometres: Math.round(kilometres), minutes: Math.round(hours * 60) }
}

export interface AccountSign extends Sign {
  readonly detail: Readonly<Record<string, string | number>>
}
export function logonSigns(seen: LogonSeen): AccountSign[] {
  const found: AccountSign[] = []
  if (seen.onDuty && !seen.trained) found.push({ entry: 'V-D5', intent: 'fact', concerns: 'actor', rule: 'RL-24', detail: {} })
  const account = { entry: 'V-D4', concerns: 'actor', rule: 'RL-23' } as const
  for (const other of seen.others) {
    const journey = impossibleJourney(seen, other)
    if (journey) {
      found.push({ ...account, intent: 'fact', detail: { otherFrom: other.from, ...journey } })
      return found
    }
  }
  // Somebody may well have two machines: they are asked, which is what the norm wants.
  const second = seen.others.find((other) => other.inUse && !other.sameDevice)
  if (second) found.push({ ...account, intent: 'doubt', detail: { otherFrom: second.from } })
  return found
}

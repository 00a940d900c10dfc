/** A day, and two hours for the reading itself: older than that a chain's last re-verification is late. */
export const recheckEveryMs = 86_400_000
export const recheckLateMs = 26 * 3_600_000

export type RecheckState = 'never' | 'current' | 'late' | 'failed'
/** How it stands with the daily re-verification: a failure outweighs lateness, for it will not pass by itself. */
export function recheckState(of: { oldestAt: Date | null; unchecked: boolean; failed: boolean }, now: Date): RecheckState {
  if (of.failed) return 'failed'
  if (of.oldestAt === null) return of.unchecked ? 'late' : 'never'
  return of.unchecked || now.getTime() - of.oldestAt.getTime() > recheckLateMs ? 'late' : 'current'
}

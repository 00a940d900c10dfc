// When a child that died is started again, and when no more.

const windowMs = 60_000
const deathsToGiveUp = 5

/** The deaths that still count at `at`. */
export const recentDeaths = (deaths: readonly number[], at: number): number[] => deaths.filter((death) => at - death < windowMs)

/** Milliseconds to wait before the next start; undefined when the child is given up. */
export function restartDelayMs(deaths: readonly number[], at: number): number | undefined {
  const recent = recentDeaths(deaths, at).length
  if (recent >= deathsToGiveUp) return undefined
  return recent === 0 ? 0 : 200 * 2 ** (recent - 1)
}

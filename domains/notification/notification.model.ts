/** How long a channel is asked before a notice is given up: eight times, over two and a half hours. */
export const attemptsMax = 8
const firstPauseMs = 15_000
const longestPauseMs = 3_600_000

/** One attempt may take so long; afterwards another worker may take it over. */
export const attemptMs = 20_000
export const leaseMs = 60_000
/** What one sweep takes at most, so that a channel that is slow delays its own notices and nothing else for long. */
export const sweepMax = 50

/** Milliseconds until the next attempt after so many; undefined when it is given up. */
export const pauseAfter = (attempts: number): number | undefined =>
  attempts >= attemptsMax ? undefined : Math.min(firstPauseMs * 3 ** (attempts - 1), longestPauseMs)

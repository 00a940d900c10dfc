/** A recording as asciicast v2: one header, then `[seconds, "o", text]` lines. Lines that are no event are passed over. */
export interface CastEvent {
  readonly atMs: number
  readonly text: string
}
export function parseCast(body: string): CastEvent[] {
  const events: CastEvent[] = []
  for (const line of body.split('\n')) {
    if (!line.startsWith('[')) continue
    try {
      const [at, kind, text] = JSON.parse(line) as [number, string, string]
      if (kind === 'o' && typeof text === 'string') events.push({ atMs: at * 1000, text })
    } catch {
      // A line cut off at the end of a segment that never came.
    }
  }
  return events
}
/** Pauses longer than this are shortened while "skip idle" is on. */
export const idleMs = 2_000

/** The moment at which each event is shown, with long pauses shortened where asked. */
export function schedule(events: readonly CastEvent[], skipIdle: boolean): number[] {
  let shown = 0
  let last = 0
  return events.map((event) => {
    const gap = event.atMs - last
    shown += skipIdle ? Math.min(gap, idleMs) : gap
    last = event.atMs
    return shown
  })
}
const esc = String.fromCharCode(27)
const controls = new RegExp(`${esc}\\[[0-9;?]*[A-Za-z]`, 'g')
export interface CastHit {
  readonly atMs: number
  /** The printed line it stands in. */
  readonly line: string
}
/** Where a text occurs in what was printed, colours and cursor moves left out. */
export function findInCast(events: readonly CastEvent[], text: string): CastHit[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return []
  return events.flatMap(({ atMs, text: printed }) =>
    printed
      .replace(controls, '')
      .split(/\r?\n/)
      .filter((line) => line.toLowerCase().includes(wanted))
      .map((line) => ({ atMs, line: line.trim() })),
  )
}

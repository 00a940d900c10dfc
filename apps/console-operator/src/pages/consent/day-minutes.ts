/** `22:30` as minutes of the day, and back. */
export function minutesOf(text: string): number | undefined {
  const found = /^([01]?\d|2[0-3])[:：]([0-5]\d)$/.exec(text.trim())
  return found ? Number(found[1]) * 60 + Number(found[2]) : undefined
}
export const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

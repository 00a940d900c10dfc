/** One JSON line per event. Never a token, a password, a command's input or its output. */
export type Log = (line: { level: 'info' | 'warn' | 'error'; event: string } & Readonly<Record<string, unknown>>) => void

export const logTo =
  (app: string, now: () => Date): Log =>
  (line) =>
    console.log(JSON.stringify({ at: now().toISOString(), app, ...line }))

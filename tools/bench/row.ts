/** One line of docs/bench.md: our figure beside that of a peer measured in the same run, and the goal it is held to. */
export interface Row {
  readonly what: string
  readonly ours: string
  readonly peer: string
  readonly ratio: string
  readonly goal: string
  /** Undefined where no goal was set. */
  readonly met: boolean | undefined
}
export type Subject = () => Promise<readonly Row[]>

export const dash = '—'
/** A figure that is held to nothing. */
export const noGoal = { goal: dash, met: undefined } as const

const digits = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(value >= 100 ? 3 : 2)
export const ms = (value: number): string => `${digits(value)} ms`
export const perSecond = (value: number): string => `${value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : digits(value)}/s`
export const times = (value: number): string => `${digits(value)}×`

const columns = ['What', 'Ours', 'Peer in the same run', 'Ratio', 'Goal', 'Met']
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.ours,
    row.peer,
    row.ratio,
    row.goal,
    row.met === undefined ? dash : row.met ? 'yes' : '**no**',
  ])
  return [columns, columns.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** Prometheus text exposition format 0.0.4: small enough to be written here, and read by every monitoring system in use. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}
export interface Family {
  /** `huabiao_…`; of a counter it ends with `_total`, of a time with `_seconds`. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapedValue = (text: string): string => escapedHelp(text).replaceAll('"', '\\"')
const number = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)

function line(name: string, { labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => {
    if (!/^[a-z_][a-z0-9_]*$/.test(label)) throw new TypeError(`not a label: ${label}`)
    return `${label}="${escapedValue(text)}"`
  })
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}\n`
}

/** @throws TypeError for a name that the format does not know: a bug, and not a scrape that silently lacks it */
export function exposition(families: readonly Family[]): string {
  return families
    .map(({ name, help, type, samples }) => {
      if (!/^[a-z_:][a-z0-9_:]*$/.test(name)) throw new TypeError(`not a metric: ${name}`)
      return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${samples.map((sample) => line(name, sample)).join('')}`
    })
    .join('')
}

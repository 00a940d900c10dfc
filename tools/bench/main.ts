// Measures the paths that must be fast, each beside a peer in the same run. All subjects together go to docs/bench.md; one alone is only shown.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { type Deployment, startDeployment } from '../../e2e/deployment.ts'
import { checkout } from '../launch/state.ts'
import { changes } from './changes.ts'
import { decision } from './decision.ts'
import { files } from './files.ts'
import { gateway } from './gateway.ts'
import { ledger } from './ledger.ts'
import { crypto, rest } from './rest.ts'
import { type Row, tableOf } from './row.ts'
import { sessions } from './sessions.ts'
import { bypass } from './violation.ts'

const onDeployment = (measure: (on: Deployment) => Promise<Row[]>) => async (): Promise<Row[]> => {
  const on = await startDeployment()
  try {
    return await measure(on)
  } finally {
    await on.stop()
  }
}
const subjects: Readonly<Record<string, () => Promise<Row[]>>> = {
  decision,
  ledger,
  gateway,
  sessions,
  files,
  changes: onDeployment(changes),
  rest: onDeployment(rest),
  violation: onDeployment(bypass),
  crypto,
}

const chosen = process.argv[2]
if (chosen !== undefined && !Object.hasOwn(subjects, chosen)) {
  console.error(`usage: huabiao bench [${Object.keys(subjects).join(' | ')}]`)
  process.exit(2)
}
const loads: number[] = []
const rows: Row[] = []
for (const [name, measure] of Object.entries(subjects)) {
  if (chosen !== undefined && name !== chosen) continue
  console.error(`measuring ${name}`)
  loads.push(loadavg()[0]!)
  rows.push(...(await measure()))
  loads.push(loadavg()[0]!)
}
const table = tableOf(rows)
console.log(table)

// What is below the mark is written by hand and stays.
const mark = '<!-- written by `./huabiao bench` down to here -->'
const path = join(checkout, 'docs', 'bench.md')
const present = existsSync(path) ? readFileSync(path, 'utf8') : ''
const kept = present.includes(mark) ? present.slice(present.indexOf(mark) + mark.length) : '\n'
const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'processor'}, load average ${range}`
const head = `# Measured\n\n${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}.\n`
if (chosen === undefined) writeFileSync(path, `${head}\n${table}\n\n${mark}${kept}`)
process.exit(0)

import { parseArgs } from 'node:util'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { readConfig } from './config.ts'
import { startWitness } from './witness.ts'

/**
 * The witness: a process of the supervision side, on a machine that the platform's people do not administer. Start it with
 * `--permission --allow-net`, its code and folders for `--allow-fs-read` and its state folder for `--allow-fs-write`: it needs no
 * more. It prints JSON lines; `contradiction` is the one to wake somebody for.
 */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log = (line: object): void => console.log(JSON.stringify({ at: new Date().toISOString(), app: 'witness', ...line }))
const witness = await startWitness(config, systemClock, log)
log({ level: 'info', event: 'listening', port: witness.port, confined: process.permission !== undefined })
if (process.permission === undefined) log({ level: 'warn', event: 'not_confined', hint: 'start it with --permission' })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void witness.close().then(() => process.exit(0))
  })
}

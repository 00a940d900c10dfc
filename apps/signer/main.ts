import { parseArgs } from 'node:util'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { readConfig } from './config.ts'
import { postgresFacts } from './facts.ts'
import { startSigner } from './signer.ts'

/**
 * The signer: a process of its own, with its own database role, that holds every private key of the platform. Start it with
 * `--permission --allow-net`, its code and state directory for `--allow-fs-read` and the state directory (and the socket's) for
 * `--allow-fs-write`: it needs no more. It prints JSON lines; the first, `listening`, says that it is up.
 */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log = (line: object): void => console.log(JSON.stringify({ at: new Date().toISOString(), app: 'signer', ...line }))
const signer = await startSigner(config, postgresFacts(config.database.url), systemClock, log)
log({ level: 'info', event: 'listening', socket: signer.socket, confined: process.permission !== undefined })
if (process.permission === undefined) log({ level: 'warn', event: 'not_confined', hint: 'start it with --permission' })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void signer.close().then(() => process.exit(0))
  })
}

import { parseArgs } from 'node:util'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { readConfig } from './config.ts'
import { type Log, startFollower } from './follower.ts'

/**
 * A follower of target logs: it may read the files it follows, write its own places, and reach the control plane; nothing else. Start it
 * with `--permission --allow-net` and those folders. It prints JSON lines.
 */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log: Log = (line) => console.log(JSON.stringify({ at: systemClock.now().toISOString(), app: 'target-log', ...line }))
const follower = startFollower(config, systemClock, log)
log({ level: 'info', event: 'following', id: config.id, files: config.files.length, confined: process.permission !== undefined })

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void follower.stop().then(() => process.exit(0))
  })

import { parseArgs } from 'node:util'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { startBastion } from './bastion.ts'
import { readConfig } from './config.ts'
import { logTo } from './log.ts'
import { refuseUnlessAlone } from './own-place.ts'

/**
 * A gateway: a process of its own that holds no rights and no secret of a target. Start it with `--permission --allow-net`, its
 * code, configuration, keys, state and spool for `--allow-fs-read`, and state and spool for `--allow-fs-write`: it needs no more.
 * It prints JSON lines; the first, `listening`, says that it is up.
 */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
await refuseUnlessAlone(config)
const log = logTo('bastion', () => systemClock.now())
const held: Parameters<typeof log>[0][] = []
let up = false
const bastion = await startBastion(config, systemClock, (line) => (up ? log(line) : void held.push(line)))
log({
  level: 'info',
  event: 'listening',
  id: config.id,
  ssh: bastion.sshPort,
  ws: bastion.wsPort,
  confined: process.permission !== undefined,
})
up = true
for (const line of held) log(line)
if (process.permission === undefined) log({ level: 'warn', event: 'not_confined', hint: 'start it with --permission' })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void bastion.close().then(() => process.exit(0))
  })
}
// Without work it would be a door to nowhere: whoever supervises it starts it anew.
bastion.ended.catch(() => process.exit(1))

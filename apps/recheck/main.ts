import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { recheckEveryMs } from '@huabiao/domains/ledger/ledger-recheck.model'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { readConfig } from './config.ts'
import { recheckAll } from './round.ts'

/**
 * The inspector (复核程序): once a day it reads every chain and every recording anew. Start it with `--permission --allow-net`, its code
 * and the evidence for `--allow-fs-read`, and its own folder alone for `--allow-fs-write`: it must not be able to mend what it finds.
 */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log = (line: object): void => console.log(JSON.stringify({ at: new Date().toISOString(), app: 'recheck', ...line }))
const lastFile = join(config.stateDir, 'last-round.json')
/** A round that could not be made is tried again after so long. */
const retryMs = 60_000

function lastRound(): number {
  try {
    return Date.parse((JSON.parse(readFileSync(lastFile, 'utf8')) as { at: string }).at) || 0
  } catch {
    return 0
  }
}

async function round(): Promise<number> {
  const due = lastRound() + recheckEveryMs - Date.now()
  if (due > 0) return due
  try {
    const at = new Date().toISOString()
    const found = await recheckAll(config, systemClock, log)
    writeFileSync(lastFile, JSON.stringify({ at, ...found }), { mode: 0o600 })
    log({ level: found.failed > 0 ? 'error' : 'info', event: 'round', ...found })
    return recheckEveryMs
  } catch (error) {
    log({ level: 'warn', event: 'round_failed', error: error instanceof Error ? error.message : String(error) })
    return retryMs
  }
}

let timer: NodeJS.Timeout
const again = async (): Promise<void> => {
  // A timer that sleeps a whole day would not notice that the clock was set.
  timer = setTimeout(again, Math.min(await round(), 600_000))
}
// A deployment that has only just begun has nothing that is signed.
timer = setTimeout(again, 20_000)
log({ level: 'info', event: 'started', confined: process.permission !== undefined })
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    clearTimeout(timer)
    process.exit(0)
  })

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bucketStore, folderStore } from '@huabiao/domains/evidence/evidence.module'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signerClient } from '@huabiao/kit/crypto/signer-client'
import { openDatabase } from '@huabiao/kit/db/db'
import pino from 'pino'
import { buildApp } from './app.ts'
import { compose } from './compose.ts'
import { readConfig } from './config.ts'
import { seedDemoCity } from './demo-seed.ts'

/** The control plane: REST, console and the scheduler's work. Start it with `--permission --allow-net` and its own folders. */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log = pino({ base: { app: 'control-plane' }, timestamp: pino.stdTimeFunctions.isoTime })
const db = openDatabase({ url: config.database.url, poolSize: 20, applicationName: 'huabiao-control-plane' })
const { origin } = config
const secretKey = loadKey(join(config.stateDir, 'secret.key'))

/** The key that seals authenticator secrets: made once, kept outside the database. */
function loadKey(path: string): Uint8Array {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' })
  return new Uint8Array(readFileSync(path))
}

const composed = compose({
  db,
  clock: systemClock,
  log,
  signer: signerClient(config.signer),
  objects: 'bucket' in config.evidence ? bucketStore(config.evidence.bucket, systemClock) : folderStore(config.evidence.folder),
  secretKey,
  services: config.gateways.map(({ id, plane, publicKey }) => ({ id, plane, publicKey })),
  httpsOnly: origin.startsWith('https:'),
  origin,
  terminalRequired: config.terminalRequired,
  certificateOrigin: config.https && `https://${new URL(origin).hostname}:${config.https.port}`,
  minSoakSeconds: config.demo ? 10 : 900,
  requiredGuards: config.requiredGuards,
  holidays: config.holidays,
  ceremonyToken: config.ceremonyToken,
  wsUrl: (gatewayId) => config.gateways.find((gateway) => gateway.id === gatewayId)?.wsUrl,
})
if (config.demo && config.demoTargetsFile)
  await seedDemoCity({
    db,
    clock: systemClock,
    secretKey,
    targetsFile: config.demoTargetsFile,
    credentialsFile: join(config.stateDir, 'demo-credentials.json'),
  })

const options = {
  consoleDir: existsSync(config.consoleDir) ? config.consoleDir : undefined,
  gatewayUrls: config.gateways.map((gateway) => gateway.wsUrl),
  httpsOnly: origin.startsWith('https:'),
}
const http = await buildApp(composed, options)
await http.listen({ host: config.http.host, port: config.http.port })
const secure = config.https ? await buildApp(composed, { ...options, tls: config.https }) : undefined
if (secure && config.https) await secure.listen({ host: config.https.host, port: config.https.port })
const silence = await composed.startBell()
log.info({ event: 'listening', port: config.http.port, confined: process.permission !== undefined })

/** Runs again `everyMs` after it has ended: slow work never piles up. */
function repeat(name: string, everyMs: number, work: () => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout
  const again = async (): Promise<void> => {
    await work().catch((error: unknown) => log.error({ job: name, error }, 'a job failed'))
    timer = setTimeout(again, everyMs)
  }
  timer = setTimeout(again, everyMs)
  return () => clearTimeout(timer)
}
const stops = [
  repeat('changes', 1_000, composed.jobs.changes),
  repeat('deadlines', 1_000, composed.jobs.deadlines),
  repeat('rollbacks', 1_000, composed.jobs.rollbacks),
  repeat('permissions', 2_000, composed.jobs.permissions),
  repeat('notices', 2_000, composed.jobs.notices),
  repeat('gateways', 5_000, composed.jobs.gateways),
  repeat('heads', 2_000, composed.jobs.heads),
]

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    for (const stop of stops) stop()
    void Promise.all([http.close(), secure?.close(), silence()])
      .then(() => db.close())
      .then(() => process.exit(0))
  })

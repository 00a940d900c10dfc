import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { RetentionDays } from '@huabiao/domains/evidence/evidence.model'
import { bucketStore, folderStore } from '@huabiao/domains/evidence/evidence.module'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signerClient } from '@huabiao/kit/crypto/signer-client'
import { openDatabase } from '@huabiao/kit/db/db'
import pino from 'pino'
import { buildApp } from './app.ts'
import { channelsOf } from './channels.ts'
import { whileClocksAgree } from './clock-agreement.ts'
import { compose } from './compose.ts'
import { readConfig } from './config.ts'
import { seedDemoCity } from './demo-seed.ts'
import { operation } from './operation.ts'
import { keptLevels, operationDoor } from './operation-door.ts'
import { sourceSecrets } from './source-secrets.ts'
import { witnessClient } from './witness-client.ts'

/** The control plane: REST, console and the scheduler's work. Start it with `--permission --allow-net` and its own folders. */
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (!values.config) {
  console.error('usage: main.ts --config=<path>')
  process.exit(2)
}
const config = readConfig(values.config)
const log = pino({ base: { app: 'control-plane' }, timestamp: pino.stdTimeFunctions.isoTime })
const db = openDatabase({ url: config.database.url, poolSize: 20, applicationName: 'huabiao-control-plane', clock: systemClock })
const { origin } = config
const secretKey = loadKey(join(config.stateDir, 'secret.key'))

/** The key that seals authenticator secrets: made once, kept outside the database. */
function loadKey(path: string): Uint8Array {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' })
  return new Uint8Array(readFileSync(path))
}

const watched = operation(systemClock)
const composed = compose({
  onProblem: watched.problem,
  db,
  clock: systemClock,
  log,
  signer: signerClient(config.signer),
  retention: config.retentionDays as RetentionDays,
  witness: config.witness && witnessClient(config.witness),
  objects: 'bucket' in config.evidence ? bucketStore(config.evidence.bucket, systemClock) : folderStore(config.evidence.folder),
  secretKey,
  channels: config.channels ? channelsOf(config.channels, systemClock) : [],
  services: [
    ...config.gateways.map(({ id, plane, publicKey }) => ({ id, plane, publicKey })),
    ...(config.inspector ? [{ ...config.inspector, plane: 'platform', service: 'inspector' } as const] : []),
    ...config.followers.map(({ id, plane, publicKey }) => ({ id, plane, publicKey, service: 'log-follower' as const })),
  ],
  sources: { hosts: config.sources?.hosts ?? [], secret: sourceSecrets(join(config.stateDir, 'source-secrets')) },
  followers: Object.fromEntries(config.followers.map(({ id, targets }) => [id, targets])),
  httpsOnly: origin.startsWith('https:'),
  origin,
  terminalRequired: config.terminalRequired,
  certificateOrigin: config.https && `https://${new URL(origin).hostname}:${config.https.port}`,
  minSoakSeconds: config.demo ? 10 : 900,
  requiredGuards: config.requiredGuards,
  holidays: config.holidays,
  places: config.places,
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
  onAnswered: watched.answered,
}
// Before the first person asks for a session.
await composed.evidence.watch.look()
const http = await buildApp(composed, options)
await http.listen({ host: config.http.host, port: config.http.port })
const secure = config.https ? await buildApp(composed, { ...options, tls: config.https }) : undefined
if (secure && config.https) await secure.listen({ host: config.https.host, port: config.https.port })
const levels = keptLevels(composed.levels)
const door = config.metrics && operationDoor(watched, db.pool, levels.last)
if (door && config.metrics) door.listen(config.metrics)
const silence = await composed.startBell()
log.info({ event: 'listening', port: config.http.port, confined: process.permission !== undefined })

const repeat = (name: string, everyMs: number, work: () => Promise<unknown>): (() => void) =>
  watched.repeat(name, everyMs, work, (error) => log.error({ job: name, error }, 'a job failed'))
/** Acts on what time it is, so only while the database agrees about it. */
const timed = (name: string, everyMs: number, work: () => Promise<unknown>): (() => void) =>
  repeat(name, everyMs, whileClocksAgree(db, systemClock, work))
const stops = [
  timed('changes', 1_000, composed.jobs.changes),
  timed('deadlines', 1_000, composed.jobs.deadlines),
  timed('rollbacks', 1_000, composed.jobs.rollbacks),
  timed('emergencies', 1_000, composed.jobs.emergencies),
  timed('permissions', 2_000, composed.jobs.permissions),
  repeat('sources', 60_000, composed.jobs.sources),
  repeat('notices', 2_000, composed.jobs.notices),
  repeat('levels', 10_000, levels.count),
  repeat('recordings', 400, composed.jobs.recordings),
  timed('obligations', 60_000, composed.jobs.obligations),
  timed('gateways', 5_000, composed.jobs.gateways),
  timed('vault', 5_000, composed.jobs.vault),
  timed('terminals', 2_000, composed.jobs.terminals),
  timed('reconciliation', 5_000, composed.jobs.reconciliation),
  repeat('violations', 2_000, composed.jobs.violations),
  timed('violation deadlines', 5_000, composed.jobs.violationDeadlines),
  timed('gaps', 10_000, composed.jobs.gaps),
  repeat('dossiers', 5_000, composed.jobs.dossiers),
  timed('transfers', 60_000, composed.jobs.transfers),
  timed('departures', 30_000, composed.jobs.departures),
  timed('campaigns', 60_000, composed.jobs.campaigns),
  timed('account norms', 600_000, composed.jobs.norms),
  repeat('heads', 2_000, composed.jobs.heads),
  timed('evidence', 3_600_000, composed.jobs.evidence),
  repeat('witness', 5_000, composed.jobs.witness),
]

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    for (const stop of stops) stop()
    door?.close()
    void Promise.all([http.close(), secure?.close(), silence()])
      .then(() => db.close())
      .then(() => process.exit(0))
  })

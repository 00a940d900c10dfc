// The journeys: what people do with the product, on a real deployment, with real clients.
import { type Deployment, startDeployment } from './deployment.ts'
import { amendment } from './journeys/amendment.ts'
import { attackMatrix } from './journeys/attack-matrix.ts'
import { consoleJourney } from './journeys/console.ts'
import { crash } from './journeys/crash.ts'
import { firstRun, otherStores, startsAndStops } from './journeys/deployments.ts'
import { faults } from './journeys/faults.ts'
import { files } from './journeys/files.ts'
import { fireAtNight } from './journeys/fire-at-night.ts'
import { firstChange } from './journeys/first-change.ts'
import { identity } from './journeys/identity.ts'
import { leaverJourney } from './journeys/leaver.ts'
import { observe } from './journeys/observe.ts'
import { permission } from './journeys/permission.ts'
import { proof } from './journeys/proof.ts'
import { auditorsWeek, tenantReads } from './journeys/readers.ts'
import { recheck } from './journeys/recheck.ts'
import { restore } from './journeys/restore.ts'
import { sshDoor } from './journeys/ssh-door.ts'
import { standardChange } from './journeys/standard-change.ts'
import { twoGateways } from './journeys/two-gateways.ts'
import { undecidedPause } from './journeys/undecided-pause.ts'
import { violation } from './journeys/violation.ts'
import { witness } from './journeys/witness.ts'

const journeys: Readonly<Record<string, (on: Deployment) => Promise<void>>> = {
  // First, while every target is free; it gives them back.
  'attack matrix': attackMatrix,
  'first change': firstChange,
  'undecided pause': undecidedPause,
  amendment,
  'standard change': standardChange,
  observe,
  console: consoleJourney,
  'ssh door': sshDoor,
  files,
  'fire at night': fireAtNight,
  identity,
  permission,
  // After everything that sessions do on targets: all of it must be explained.
  violation,
  'auditor’s week': auditorsWeek,
  'tenant reads': tenantReads,
  proof,
  recheck,
}

/** Those that start deployments of their own, one after the other. */
const alone: Readonly<Record<string, () => Promise<void>>> = {
  'other stores': otherStores,
  'first run': firstRun,
  'starts and stops': startsAndStops,
  leaver: leaverJourney,
  crash,
  'two gateways': twoGateways,
  faults,
  witness,
  restore,
}

/** Parts of titles: of the journeys, only these. */
const only = process.argv.slice(2)
const wanted = <T>(all: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(all).filter(([title]) => only.length === 0 || only.some((part) => title.includes(part)))
/** What failed, repeated at the very end: whoever reads only the last lines must learn what it was. */
const failed: [name: string, error: unknown][] = []
async function perform(name: string, journey: () => Promise<void>): Promise<void> {
  const from = performance.now()
  try {
    await journey()
    console.log(`  ✓ ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed.push([name, error])
    console.error(`  ✗ ${name}`, error)
  }
}

if (wanted(journeys).length > 0) {
  const on = await startDeployment()
  try {
    for (const [name, journey] of wanted(journeys)) await perform(name, () => journey(on))
  } finally {
    await on.stop()
  }
}
for (const [name, journey] of wanted(alone)) await perform(name, journey)
for (const [name, error] of failed) {
  const told = String(error instanceof Error ? error.stack : error).split('\n')
  console.error(
    `  ✗ ${name}: ${[...told.slice(0, 6), ...told.filter((line) => line.startsWith('page '))]
      .map((line) => line.slice(0, 1_600))
      .join('\n      ')}`,
  )
}
process.exitCode = failed.length === 0 ? 0 : 1

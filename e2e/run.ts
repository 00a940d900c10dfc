// The journeys: what people do with the product, on a real deployment, with real clients.
import { type Deployment, startDeployment } from './deployment.ts'
import { attackMatrix } from './journeys/attack-matrix.ts'
import { consoleJourney } from './journeys/console.ts'
import { crash } from './journeys/crash.ts'
import { firstRun, otherStores, startsAndStops } from './journeys/deployments.ts'
import { firstChange } from './journeys/first-change.ts'
import { identity } from './journeys/identity.ts'
import { observe } from './journeys/observe.ts'
import { permission } from './journeys/permission.ts'
import { proof } from './journeys/proof.ts'
import { sshDoor } from './journeys/ssh-door.ts'
import { undecidedPause } from './journeys/undecided-pause.ts'

const journeys: Readonly<Record<string, (on: Deployment) => Promise<void>>> = {
  // First, while every target is free; it gives them back.
  'attack matrix': attackMatrix,
  'first change': firstChange,
  'undecided pause': undecidedPause,
  observe,
  console: consoleJourney,
  'ssh door': sshDoor,
  identity,
  permission,
  proof,
}

/** Those that start deployments of their own, one after the other. */
const alone: Readonly<Record<string, () => Promise<void>>> = {
  'other stores': otherStores,
  'first run': firstRun,
  'starts and stops': startsAndStops,
  crash,
}

const only = process.argv[2]
const wanted = <T>(all: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(all).filter(([title]) => only === undefined || title.includes(only))
let failed = 0
async function perform(name: string, journey: () => Promise<void>): Promise<void> {
  const from = performance.now()
  try {
    await journey()
    console.log(`  ✓ ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed += 1
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
process.exitCode = failed === 0 ? 0 : 1

// The journeys: what people do with the product, on a real deployment, with real clients.
import { type Deployment, startDeployment } from './deployment.ts'
import { attackMatrix } from './journeys/attack-matrix.ts'
import { consoleJourney } from './journeys/console.ts'
import { firstChange } from './journeys/first-change.ts'
import { proof } from './journeys/proof.ts'
import { sshDoor } from './journeys/ssh-door.ts'

const journeys: Readonly<Record<string, (on: Deployment) => Promise<void>>> = {
  // First, while every target is free; it gives them back.
  'attack matrix': attackMatrix,
  'first change': firstChange,
  console: consoleJourney,
  'ssh door': sshDoor,
  proof,
}

const only = process.argv[2]
const on = await startDeployment()
let failed = 0
try {
  for (const [name, journey] of Object.entries(journeys).filter(([title]) => only === undefined || title.includes(only))) {
    const from = performance.now()
    try {
      await journey(on)
      console.log(`  ✓ ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`)
    } catch (error) {
      failed += 1
      console.error(`  ✗ ${name}`, error)
    }
  }
} finally {
  await on.stop()
}
process.exitCode = failed === 0 ? 0 : 1

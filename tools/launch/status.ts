// One line for each part.
import { join } from 'node:path'
import { readJson } from './files.ts'
import { publicUrl } from './plan.ts'
import { identify, isAlive, residentBytes, uptimeSeconds } from './proc.ts'
import { loadSecrets, type StateFolder, supervisorOf } from './state.ts'
import type { SupervisorState } from './supervisor.ts'
import { checkWitness } from './witness-setting.ts'

const pad = (text: string, width: number): string => text.padEnd(width)

export async function run(_args: readonly string[], state: StateFolder): Promise<number> {
  const kept = readJson<SupervisorState>(join(state.run, 'state.json'))
  if (supervisorOf(state) === undefined || !kept) {
    console.log('not running; start it with: ./huabiao up')
    return 1
  }
  let well = true
  for (const child of kept.children) {
    const id = child.pid === undefined ? undefined : identify(child.pid)
    const alive = child.status === 'running' && id !== undefined && isAlive(id)
    well &&= alive
    const size = id ? `${Math.round(residentBytes(id.pid) / 1_048_576)} MiB` : ''
    const since = id ? `${uptimeSeconds(id)} s` : ''
    console.log(
      `${alive ? '✓' : '✗'} ${pad(child.name, 24)} ${pad(child.status, 11)} ${pad(child.port ? `:${child.port}` : '', 7)} ${pad(size, 9)} ${pad(since, 9)} ${child.restarts > 0 ? `${child.restarts} restarts` : ''}`,
    )
  }
  const witness = await checkWitness(state, loadSecrets(state), kept)
  well &&= (witness?.wrong ?? '') === ''
  if (witness?.wrong !== undefined && (witness.wrong !== '' || !kept.settings.demo))
    console.log(`${witness.wrong ? '✗' : '✓'} ${pad('witness', 24)} ${witness.where} ${witness.wrong}`)
  console.log(publicUrl(kept.settings, kept.ports))
  return well ? 0 : 1
}

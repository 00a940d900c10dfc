// Stops the supervisor, which stops its children in reverse; what outlived it is stopped too.
import { stopAll } from './orphans.ts'
import { folderFault } from './preflight.ts'
import { terminate } from './proc.ts'
import { type StateFolder, supervisorOf } from './state.ts'

export async function run(_args: readonly string[], state: StateFolder): Promise<number> {
  const fault = folderFault(state)
  if (fault !== undefined) throw new Error(fault)
  const supervisor = supervisorOf(state)
  if (supervisor !== undefined) await terminate(supervisor, 60_000)
  const left = await stopAll(state)
  console.log(supervisor === undefined && left.length === 0 ? 'nothing was running' : 'stopped')
  return 0
}

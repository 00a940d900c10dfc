// Runs the measurements of tools/bench.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from './state.ts'

export async function run(args: readonly string[]): Promise<number> {
  const entry = join(checkout, 'tools', 'bench', 'main.ts')
  if (!existsSync(entry)) throw new Error('there is nothing to measure yet')
  return spawnSync(process.execPath, [entry, ...args], { cwd: checkout, stdio: 'inherit' }).status ?? 1
}

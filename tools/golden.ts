// Accepts the present consequences into golden/: look at the diff before you commit it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'tools/golden.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, HUABIAO_GOLDEN: 'update' },
})
process.exitCode = status ?? 1

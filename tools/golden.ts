// Accepts the present consequences into golden/: look at the diff before you commit it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const tests = ['tools/golden.test.ts', 'apps/control-plane/query-counts.test.ts']
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...tests], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, HUABIAO_GOLDEN: 'update' },
})
process.exitCode = status ?? 1

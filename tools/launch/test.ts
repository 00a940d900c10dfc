// Every test of the repository, one step after the other; a step that fails does not hide the ones after it.
import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { auditd, chromium, cjkFonts, ensurePackages, opensshClient, opensshServer, rsync, slapd } from './packages.ts'
import { postgres15 } from './postgres-debian.ts'
import { checkout } from './state.ts'
import { swift } from './swift.ts'
import { isRoot } from './unix-identity.ts'

interface Step {
  name: string
  program: string
  args: readonly string[]
  env?: Record<string, string>
}
const bin = (name: string, ...path: string[]): string => join(checkout, 'node_modules', name, ...path)
const tsc = (part: string): Step => ({
  name: `types: ${part}`,
  program: process.execPath,
  args: [bin('typescript', 'bin', 'tsc'), '-p', `tsconfig.${part}.json`, '--noEmit'],
})

/** Test files that open a database, themselves or by a piece of the folder `testing` beside them. */
const databaseTests = (): string[] => {
  const opens = (file: string): boolean => /testDatabase\(|startHarness\(/.test(readFileSync(join(checkout, file), 'utf8'))
  const pieces = (file: string): string[] =>
    [...readFileSync(join(checkout, file), 'utf8').matchAll(/from '\.\/(testing\/[\w-]+\.ts)'/g)].map(([, piece]) =>
      join(dirname(file), piece!),
    )
  return globSync('{kit,domains,tools,apps}/**/*.test.ts', {
    cwd: checkout,
    exclude: (name) => name.endsWith('node_modules'),
  }).filter((file) => opens(file) || pieces(file).some(opens))
}

function steps(): Step[] {
  const node = (name: string, entry: string, ...args: string[]): Step[] =>
    existsSync(join(checkout, entry)) ? [{ name, program: process.execPath, args: [join(checkout, entry), ...args] }] : []
  return [
    tsc('pure'),
    tsc('server'),
    tsc('web'),
    {
      name: 'style',
      program: process.execPath,
      args: [bin('@biomejs/biome', 'bin', 'biome'), 'check', '--diagnostic-level=error', '.'],
    },
    ...node('house rules', 'tools/check-house.ts'),
    {
      name: 'tests',
      program: process.execPath,
      args: [bin('vitest', 'vitest.mjs'), 'run', '--silent=passed-only', '--reporter=dot'],
    },
    {
      name: 'tests of the database on PostgreSQL 15, the oldest supported',
      program: process.execPath,
      args: [bin('vitest', 'vitest.mjs'), 'run', '--silent=passed-only', '--reporter=dot', ...databaseTests()],
      env: { HUABIAO_TEST_PG: '15' },
    },
    ...node('journeys', 'e2e/run.ts'),
  ]
}

async function perform(step: Step): Promise<boolean> {
  const from = performance.now()
  console.log(`— ${step.name}`)
  const code = await new Promise<number>((resolve) => {
    const child = spawn(step.program, step.args, {
      cwd: checkout,
      stdio: 'inherit',
      env: { ...process.env, CI: '1', ...step.env },
    })
    child.once('error', () => resolve(127))
    child.once('exit', (status) => resolve(status ?? 1))
  })
  console.log(`  ${code === 0 ? 'passed' : `FAILED (${code})`} in ${((performance.now() - from) / 1000).toFixed(1)} s`)
  return code === 0
}

export async function run(): Promise<number> {
  await ensurePackages([opensshClient, opensshServer, auditd, chromium, cjkFonts, postgres15, rsync, slapd, ...swift], (text) =>
    console.log(text),
  )
  let failed = 0
  const all = steps()
  for (const step of all) if (!(await perform(step))) failed += 1
  if (!isRoot())
    console.log(
      'not tried without root: full and read-only stores, accounts of processes, executions by the kernel’s own records',
    )
  console.log(`${all.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

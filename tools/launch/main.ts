// `huabiao <command>`: what a person types. Each command is one file; this one only finds it.
import { presentState } from './state.ts'

const usage = `usage: huabiao <command>

  up [--demo]     install what is missing and start everything; --demo fills a demo city with real SSH targets
  down            stop everything; nothing is lost
  status          one line for each part; exit 1 when a part does not work
  doctor          look for what is wrong, and say what to do about it
  backup <folder>    everything needed to go on, into an empty folder, with digests of all of it
  restore <folder>   go on from a backup, and prove it: [--digest <sm3>] [--replace] [--discard-history]
  target enrol <name> …   what to set on a target, its registration by the fingerprint read at its console, and a look at it
  target check <name>     have the bastion look whether a target obeys it and nobody else
  code <login>    the present one-time code of a demo account
  certificate <login>   a client certificate for the browser, issued by this deployment's own authority
  test            every test: types, style, house rules, unit tests and browser journeys
  bench [subject] measure the paths that must be fast, beside their peers
`
const commands: Record<
  string,
  () => Promise<{ run(args: readonly string[], state: ReturnType<typeof presentState>): Promise<number> }>
> = {
  up: () => import('./up.ts'),
  down: () => import('./down.ts'),
  status: () => import('./status.ts'),
  doctor: () => import('./doctor.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  target: () => import('./target.ts'),
  code: () => import('./code.ts'),
  certificate: () => import('./certificate.ts'),
  test: () => import('./test.ts'),
  bench: () => import('./bench.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const load = commands[name]
if (!load) {
  process.stdout.write(usage)
  process.exit(name === '' || name === '--help' || name === 'help' ? 0 : 2)
}
try {
  const command = await load()
  process.exitCode = await command.run(args, presentState(process.env))
} catch (error) {
  console.error(`huabiao: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

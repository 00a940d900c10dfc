import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GrantCommand } from '@huabiao/domains/session/session-grant.model'
import { forcedLine, lifelineInput } from '@huabiao/domains/session/session-lifeline.model'
import { untilGroupEnds } from '@huabiao/kit/testkit/process-group'
import { afterAll, describe, expect, test } from 'vitest'

/** As sshd does it: a login shell is given the forced line, leads a process group of its own, and its standard input is our end of a channel. */
const shells = ['/bin/bash', '/bin/dash', '/bin/ksh', '/bin/zsh', '/bin/busybox'].filter((path) => existsSync(path))
const command = (line: string): GrantCommand => ({ kind: 'command', line })
const script = (interpreter: 'sh' | 'bash' | 'python3'): GrantCommand => ({ kind: 'script', interpreter, digest: '0'.repeat(64) })

const sessionId = '01900000-0000-7000-8000-000000000001'
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) if (child.pid) process.kill(-child.pid, 'SIGKILL')
})
function start(line: string, input: readonly Uint8Array[], shell = '/bin/bash') {
  const child = spawn(shell, ['-c', line], {
    argv0: shell.endsWith('busybox') ? 'sh' : shell,
    detached: true,
    env: { PATH: process.env.PATH, HOME: tmpdir() },
  })
  running.add(child)
  const seen = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  // As sshd: when the command has ended, its input is closed.
  child.on('exit', () => child.stdin.end())
  for (const part of input) child.stdin.write(part)
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>((resolve) =>
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal, ...seen })
    }),
  )
  return { child, seen, ended, cut: () => child.stdin.end() }
}
const begin = (of: GrantCommand, input = '', shell?: string) =>
  start(forcedLine({ command: of, sessionId }), lifelineInput(of.kind, Buffer.from(input)), shell)
const run = (of: GrantCommand, input = '', shell?: string) => begin(of, input, shell).ended
describe.each(shells)('login shell %s', (shell) => {
  test('exit code, output, quotes and an empty input are the step’s own', async () => {
    expect(await run(command('echo out; echo err >&2; exit 7'), '', shell)).toMatchObject({ code: 7, out: 'out\n', err: 'err\n' })
    const hard = `printf '%s|' "it's" 'a "b"' $((1+1)) '\\n' '政务' '!x' '$HOME' "\`echo sub\`"`
    expect((await run(command(hard), '', shell)).out).toBe(`it's|a "b"|2|\\n|政务|!x|$HOME|sub|`)
    expect(await run(command('cat; echo end'), '', shell)).toMatchObject({ code: 0, out: 'end\n' })
    expect(await run(command('exit 137'), '', shell)).toMatchObject({ code: 137, signal: null })
    expect(await run(command('kill -KILL $$'), '', shell)).toMatchObject({ code: null, signal: 'SIGKILL', err: '' })
  })

  test('a script arrives whole by standard input, its code is its own, and one that ends early is not held up', async () => {
    const text = `x='政务'\necho "$x"\n${'# long\n'.repeat(9_000)}cat\n`
    expect(await run(script('sh'), text, shell)).toMatchObject({ code: 0, out: '政务\n', err: '' })
    expect(await run(script('sh'), 'echo no line feed', shell)).toMatchObject({ code: 0, out: 'no line feed\n' })
    expect(await run(script('sh'), `exit 5\n${'# never read\n'.repeat(4_500)}`, shell)).toMatchObject({ code: 5, err: '' })
    expect(await run(script('sh'), 'kill -KILL $$\n', shell)).toMatchObject({ code: 137, signal: null, err: '' })
  })

  test('when the lifeline ends, so does everything in the group, also what hears no TERM and what has closed its input', async () => {
    for (const of of [command('trap "" TERM; exec 0<&-; sleep 60 & sleep 60'), script('sh')] as const) {
      const step = begin(of, of.kind === 'command' ? '' : 'trap "" TERM\nsleep 60 & sleep 60\n', shell)
      await sleep(200)
      step.cut()
      expect((await step.ended).code).not.toBe(0)
      await untilGroupEnds(step.child.pid!)
    }
  })

  test('half a script never counts as a whole one (RL-07)', async () => {
    const parts = lifelineInput('script', Buffer.from(`trap "" TERM\n${'# long\n'.repeat(3_000)}echo precious-data`))
    const step = start(forcedLine({ command: script('sh'), sessionId }), [parts[0]!, parts[1]!.subarray(0, -5)], shell)
    await sleep(300)
    step.cut()
    const { code, out } = await step.ended
    expect(code).not.toBe(0)
    expect(out).not.toContain('precious')
  })
})

test('what a step leaves running on purpose outlives its normal end, and a wait of the step meets no stranger', async () => {
  const left = await run(command('sleep 30 >/dev/null 2>&1 & echo $!'))
  const pid = Number(left.out)
  await sleep(700)
  expect(() => process.kill(pid, 0)).not.toThrow()
  process.kill(pid, 'SIGKILL')
  const children = `import os; print(repr(open('/proc/self/task/%d/children' % os.getpid()).read()))`
  expect((await run(command(`exec python3 -c "${children}"`))).out).toBe("''\n")
})

test('a file arrives byte for byte, an empty one too', async () => {
  const file: GrantCommand = { kind: 'file', path: '/dev/stdout', mode: '0644', digest: '0'.repeat(64) }
  const line = forcedLine({ command: file, sessionId }).replace(/cat \| install[^;]*/, 'cat | od -An -v -tx1 | tr -d " \\n"')
  for (const text of ['', '\n', 'a\n\n\n', 'no end', `${'x'.repeat(180_000)}\n`])
    expect(await start(line, lifelineInput('file', Buffer.from(text))).ended).toMatchObject({
      code: 0,
      out: Buffer.from(text).toString('hex'),
      err: '',
    })
})

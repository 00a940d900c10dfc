import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SshClient } from '../ssh-client.ts'
import type { Made, RedLine } from './attack.ts'
import { fileLines } from './file-lines.ts'
import type { Scene } from './scene.ts'

/** The doors for which OpenSSH brings a client of its own: `scp -O`, `sftp`, and a forwarded port. */

const said = /[a-z]+\.[a-z_]+ · RL-\d\d/
const patienceMs = 60_000

export async function byFile(scene: Scene, line: RedLine, client: SshClient, door: 'scp' | 'sftp'): Promise<Made[]> {
  const attempt = fileLines[line.rule]
  assert.ok(attempt, `${line.rule} has no attempt by file`)
  const mine = join(client.folder, 'app.tgz')
  writeFileSync(mine, 'not what any plan places')
  const path = (attempt.put ?? attempt.get)!(scene)
  const host = `${client.login}@127.0.0.1`
  const port = ['-P', String(scene.on.sshPort)]
  const far = `${host}:${path}`
  const scp = attempt.put ? ['-O', ...port, mine, far] : ['-O', ...port, far, client.folder]
  const { child, ended } = await client.start(door, door === 'scp' ? scp : [...port, host])
  if (door === 'sftp') child.stdin.write(`${attempt.put ? `put ${mine} ${path}` : `get ${path} ${client.folder}/got`}\nbye\n`)
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const { code, out } = await ended
  clearTimeout(timer)
  if (door === 'scp') assert.notEqual(code, 0, `${line.rule} by scp ended well: ${out}`)
  // What hides a name is shown by its number.
  const shown = path.replace(/\p{Cf}/gu, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`)
  const tried = `${attempt.put ? 'put' : 'get'} ${shown}`
  return [{ rule: line.rule, by: line.by, door, tried, answer: said.exec(out)?.[0] ?? `said nothing: ${out}` }]
}

/** A forward beside the person's own prompt: their client listens, and closes at once what the bastion refuses to carry; the ledger says why. */
export async function byForward(line: RedLine, forward: { port: number; to: string }): Promise<Made[]> {
  const socket = connect({ host: '127.0.0.1', port: forward.port })
  let carried = 0
  socket.on('data', (chunk) => {
    carried += chunk.length
  })
  socket.on('error', () => undefined)
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)))
  socket.write('SSH-2.0-attack\r\n')
  const ended = await Promise.race([closed, sleep(patienceMs, false, { ref: false })])
  assert.ok(ended, 'what is not carried is closed')
  assert.equal(carried, 0, 'nothing came through')
  return [{ rule: line.rule, by: line.by, door: 'port forwarding', tried: `-L to ${forward.to}`, answer: forwardAnswer }]
}
export const forwardAnswer = 'session.forwarding_refused · RL-18'

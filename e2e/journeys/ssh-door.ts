import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, prepareChange, until } from '../portal-change.ts'
import { registered, type SshClient } from '../ssh-client.ts'

/** The same change from a terminal: a real OpenSSH client, key and one-time code, the bastion's prompt; and nothing else through that door. */

export async function sshDoor(on: Deployment): Promise<void> {
  const client = await registered(on, cast.executor)
  const version = '2.5.0'
  const ready = await prepareChange(on, { title: '门户升级（终端）', targetNames: ['portal-web-01', 'portal-web-02'], version })
  const place = [`${cast.executor}@127.0.0.1`]
  const other = 'feng.ban'
  const port = ['-p', String(on.sshPort)]

  // Everybody has codes of their own, and each serves once: so every attempt is another person's.
  const status = await (await registered(on, other)).run('ssh', [...port, `${other}@127.0.0.1`, 'status', ready.no])
  assert.equal(status.code, 0, status.out)
  assert.match(status.out, new RegExp(ready.no))
  await carriesOut(on, client, ready.id, ready.no, [...port, ...place])

  const attempts = [
    ['a command', 'wang.lu', 'ssh', (to: string) => [...port, to, 'cat /etc/passwd']],
    ['a shell operator', 'wu.di', 'ssh', (to: string) => [...port, to, `status ${ready.no}; id`]],
    ['sftp', 'zheng.hao', 'sftp', (to: string) => ['-P', String(on.sshPort), '-b', '/dev/null', to]],
    ['scp', 'zhou.yan', 'scp', (to: string) => ['-P', String(on.sshPort), '/etc/hostname', `${to}:/tmp/x`]],
    ['-W', 'li.na', 'ssh', (to: string) => [...port, '-W', '127.0.0.1:22', to]],
  ] as const
  // All at once: each waits for a code of its own that was not used to register the key.
  await Promise.all(
    attempts.map(async ([what, login, program, args]) => {
      const { code, out } = await (await registered(on, login)).run(program, args(`${login}@127.0.0.1`))
      assert.notEqual(code, 0, `${what} was let through: ${out}`)
      assert.doesNotMatch(out, /root:x:0|uid=\d+|SSH-2\.0/, what)
    }),
  )
  const auditor = await on.as(cast.auditor)
  const chain = (await auditor(listChains)).items.find((one) => one.plane === 'platform' && one.size > 20)!
  const { items } = await auditor(listLedger, { query: { tenantId: chain.tenantId, plane: 'platform', limit: 100 } })
  const refused = items.filter((row) => row.decision === 'refused' && row.object.startsWith('channel/'))
  assert.ok(refused.length >= 3, `refused channels in the ledger: ${refused.length}`)
}

/** The first steps from the prompt, by hand as a person would type them. */
async function carriesOut(
  on: Deployment,
  client: SshClient,
  changeId: string,
  no: string,
  args: readonly string[],
): Promise<void> {
  await bePresent(on, changeId)
  const { child, seen, ended } = await client.start('ssh', ['-tt', ...args])
  const waitFor = async (pattern: RegExp, from = 0): Promise<number> => {
    for (let i = 0; i < 200; i += 1) {
      if (pattern.test(seen.out.slice(from))) return seen.out.length
      await sleep(100)
    }
    throw new Error(`never came: ${pattern}\n${seen.out}`)
  }
  const type = (line: string): boolean => child.stdin.write(`${line}\r`)
  let at = await waitFor(/help/)
  type(`begin ${no}`)
  at = await waitFor(/输入变更编号/, at)
  type(no)
  at = await waitFor(/已开始/, at)
  await until(on, changeId, (now) => now.acts.some((act) => act.act === 'runNext' && act.refusal === null))
  type(`run ${no}`)
  at = await waitFor(/输入步骤标识 look/, at)
  type('look')
  at = await waitFor(/state=running/, at)
  await until(on, changeId, (now) => now.runs.some((run) => run.stepKey === 'look' && run.state === 'succeeded'))
  await bePresent(on, changeId)
  type(`run ${no}`)
  at = await waitFor(/输入步骤标识 look/, at)
  type('something else')
  at = await waitFor(/未确认/, at)
  const now = await look(on, changeId)
  assert.equal(now.runs.length, 1, 'what was not confirmed did not run')
  type('rm -rf /')
  await waitFor(/没有这个命令|自由命令行/, at)
  type('quit')
  assert.equal((await ended).code, 0)
}

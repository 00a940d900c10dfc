import assert from 'node:assert/strict'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, prepareChange, takeSnapshots, until } from '../portal-change.ts'
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
    ['sftp', 'zheng.hao', 'sftp', (to: string) => ['-P', String(on.sshPort), `${to}:/etc/passwd`, '/dev/null']],
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
  const { ended, type, says } = await client.start('ssh', ['-tt', ...args])
  let at = await says(/help/)
  type(`begin ${no}`)
  at = await says(/输入变更编号/, at)
  type(no)
  at = await says(/已开始/, at)
  await until(on, changeId, (now) => now.acts.some((act) => act.act === 'runNext' && act.refusal === null))
  await takeSnapshots(on, changeId)
  type(`run ${no}`)
  at = await says(/输入步骤标识 look/, at)
  type('look')
  at = await says(/state=running/, at)
  await until(on, changeId, (now) => now.runs.some((run) => run.stepKey === 'look' && run.state === 'succeeded'))
  await bePresent(on, changeId)
  type(`run ${no}`)
  at = await says(/输入步骤标识 look/, at)
  type('something else')
  at = await says(/未确认/, at)
  const now = await look(on, changeId)
  assert.equal(now.runs.filter((run) => run.phase !== 'before').length, 1, 'what was not confirmed did not run')
  type('rm -rf /')
  await says(/没有这个命令|自由命令行/, at)
  type('quit')
  assert.equal((await ended).code, 0)
}

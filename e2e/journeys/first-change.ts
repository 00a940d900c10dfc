import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { getSession } from '@huabiao/domains/session/session.contract'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, may, prepareChange, runNext, until } from '../portal-change.ts'

/** An approved change is carried out through the bastion on real machines, and only as approved. */
export async function firstChange(on: Deployment): Promise<void> {
  const version = '2.4.0'
  const versionOf = (name: string): string =>
    readFileSync(join(on.targets.find((target) => target.name === name)!.root, 'app', 'VERSION'), 'utf8').trim()
  const ready = await prepareChange(on, { title: '门户升级', targetNames: ['portal-web-01', 'portal-web-02'], version })
  const params = { changeId: ready.id }
  const executor = await on.as(cast.executor)
  const reviewer = await on.as(cast.reviewer)
  await bePresent(on, ready.id)
  const begun = await executor(execution.beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  for (let i = 0; i < 60; i += 1) {
    await bePresent(on, ready.id)
    const now = await look(on, ready.id, cast.reviewer)
    assert.notEqual(now.state, 'paused', `${now.pauseReason}: ${now.pauseDetail} ${JSON.stringify(now.runs.at(-1))}`)
    if (may(now, 'passVerification')) break
    if (now.next) await runNext(on, ready.id)
    else if (may(now, 'releaseBatch')) {
      assert.equal(versionOf('portal-web-01'), version, 'the first batch has the new version')
      assert.notEqual(versionOf('portal-web-02'), version, 'the second batch is untouched before its release')
      await reviewer(execution.releaseBatch, { params, body: {} })
    } else
      await until(
        on,
        ready.id,
        (later) => later.next !== null || may(later, 'releaseBatch') || may(later, 'passVerification'),
        cast.reviewer,
      )
  }
  assert.equal(versionOf('portal-web-02'), version)
  await reviewer(execution.passVerification, { params, body: { reason: '两台均为新版本，健康检查正常。' } })
  const manager = await on.as(cast.manager)
  await manager(execution.confirmItems, { params, body: { reason: '配置项已更新。' } })
  // The recording is sealed within seconds; until then the evidence is not complete and the change stays open (G-EVID).
  await until(on, ready.id, (now) => may(now, 'close'), cast.manager)
  const closed = await manager(execution.closeChange, { params, body: { reason: '按计划完成。' } })
  assert.equal(closed.outcome, 'success')
  const auditor = await on.as(cast.auditor)
  const session = await auditor(getSession, { params: { sessionId: begun.sessionId! } })
  assert.equal(session.state, 'sealed')
  assert.ok(session.segments > 0 && session.marks.length >= 8, `marks: ${session.marks.length}`)
}

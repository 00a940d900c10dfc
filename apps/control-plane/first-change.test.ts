import { createHash } from 'node:crypto'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** The main job through the real doors, from the draft to the sealed recording. */
let h: Harness
beforeAll(async () => {
  h = await startHarness()
}, 60_000)
afterAll(() => h.close())

describe('the first change', () => {
  let sessionId: string
  let changeId: string
  test('is planned, tested, approved by distinct persons, run in grey batches, verified, closed and sealed', async () => {
    expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
    const scheduled = await h.scheduledChange()
    const { id } = scheduled
    expect(scheduled.state).toBe('scheduled')
    await h.composed.jobs.changes()
    const ready = await h.read(id)
    expect(ready.state, JSON.stringify(ready.guards.filter((guard) => guard.verdict === 'fail'))).toBe('ready')
    expect(
      await h.refused('zhao.ming', id, 'begin', { confirm: ready.no }),
      'NT-B05: nobody runs without the second person',
    ).toBe('change.reviewer_absent')
    await h.present(id)
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: 'yes' }), 'RL-21').toBe('change.confirmation_mismatch')
    expect(await h.refused('qian.wei', id, 'begin', { confirm: ready.no })).toBe('change.not_executor')
    let at = await h.act('zhao.ming', id, 'begin', { confirm: ready.no })
    expect(at.state).toBe('prechecking')
    sessionId = at.sessionId!
    expect(await h.refused('zhao.ming', id, 'run-next', { stepKey: 'look', targetId: at.next!.targetId }), 'NT-D01').toBe(
      'session.recorder_unavailable',
    )
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    expect(
      (await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })).status,
    ).toBe(200)

    expect(
      await h.refused('zhao.ming', id, 'run-next', { stepKey: 'deploy', targetId: at.next!.targetId }),
      'RL-07: only the next step',
    ).toBe('change.not_next_step')
    const outputs: Record<string, string> = {
      look: 'state=running',
      deploy: 'deployed 2.4.0',
      confirm: '2.4.0',
      health: 'state=running',
    }
    const order: string[] = []
    at = await h.read(id)
    for (let i = 0; i < 20 && at.next; i += 1) {
      const { next } = at
      await h.runNext(at)
      order.push(`${next!.phase} ${next!.targetName}`)
      const grantId = await h.carryOut({ exitCode: 0, stdout: outputs[next!.stepKey]! })
      expect((await h.gateway(`grants/${grantId}/started`, { bootId: h.bootId })).status, 'NT-B16: a grant starts once').toBe(409)
      at = await h.read(id)
      if (at.acts.find((one) => one.act === 'releaseBatch')?.refusal === null) at = await h.act('qian.wei', id, 'release-batch')
      else if (!at.next && (at.state === 'gray_soaking' || at.state === 'rolling')) {
        expect(at.currentBatch).toBe(1)
        at = await h.act('qian.wei', id, 'release-batch')
      }
    }
    expect(order).toEqual([
      'before portal-web-01',
      'before portal-web-02',
      'precheck portal-web-01',
      'precheck portal-web-02',
      'execute portal-web-01',
      'health portal-web-01',
      'execute portal-web-02',
      'health portal-web-02',
      'verify portal-web-01',
      'verify portal-web-02',
      'after portal-web-01',
      'after portal-web-02',
    ])
    expect(at.state).toBe('verifying')
    await h.act('qian.wei', id, 'pass-verification', { reason: '两台均已升级，健康检查正常。' })
    await h.confirmItems(id, '配置项版本已更新。')
    expect(await h.refused('chen.jing', id, 'close', { reason: '按计划完成。' }), 'G-EVID').toBe('change.evidence_open')
    changeId = id
  })

  test('its recording is sealed by a manifest that both sides computed, replayed only by those whose duty it is, and then it closes', async () => {
    const data = Buffer.from('{"version":2,"width":80,"height":24}\n[0.1,"o","appctl status\\r\\n"]\n')
    const segment = {
      index: 0,
      startedAtMs: 0,
      endedAtMs: 900,
      sm3: toHex(sm3(data)),
      sha256: createHash('sha256').update(data).digest('hex'),
      data: data.toString('base64'),
      marks: [{ atMs: 100, label: 'look @ portal-web-01', stepKey: 'look', targetName: 'portal-web-01' }],
    }
    expect((await h.gateway(`sessions/${sessionId}/segments`, { ...segment, sm3: '0'.repeat(64) })).status).toBe(422)
    expect((await h.gateway(`sessions/${sessionId}/segments`, { ...segment, index: 3 })).status).toBe(409)
    expect((await h.gateway(`sessions/${sessionId}/segments`, segment)).status).toBe(200)
    const { index, sm3: digest, sha256 } = segment
    const forged = { segments: 1, manifestSm3: 'f'.repeat(64), reason: 'verified', closedAt: new Date().toISOString() }
    expect((await h.gateway(`sessions/${sessionId}/sealed`, forged)).status).toBe(422)
    await h.seal(sessionId, [{ index, sm3: digest, sha256, bytes: data.length }])
    const replay = async (login: string) =>
      h.app.inject({
        method: 'GET',
        url: `/api/v1/sessions/${sessionId}/recording`,
        headers: { authorization: `Bearer ${await h.logOn(login)}` },
      })
    expect((await replay('zhu.cha')).body).toBe(data.toString())
    expect((await replay('he.chen')).statusCode, 'NT-B13: another tenant sees nothing').toBe(404)
    expect((await replay('wu.di')).json().code, 'NT-E03: to who is not of it, it is not there').toBe('session.not_found')
    const closed = await h.act('chen.jing', changeId, 'close', { reason: '按计划完成。' })
    expect(closed).toMatchObject({ state: 'closed', outcome: 'success' })
    expect(closed.guards.filter((guard) => ['G-EXPECT', 'G-SCOPE', 'G-GRANT', 'G-EVID'].includes(guard.guard))).toMatchObject(
      Array.from({ length: 4 }, () => ({ verdict: 'pass' })),
    )
  })

  test('the ledger of the provider is whole and complete, and its head is signed', async () => {
    const client = new pg.Client({ connectionString: h.ownerUrl })
    await client.connect()
    const { rows } = await client.query('select body from ledger_record order by tenant_id, plane, seq')
    await client.end()
    const { completenessFindings } = await import('@huabiao/domains/ledger/ledger-completeness.model')
    const chains = Map.groupBy(
      rows.map((row) => JSON.parse(row.body)),
      (body) => `${body.tenant} ${body.plane}`,
    )
    for (const bodies of chains.values())
      expect(
        completenessFindings(
          bodies.map((body) => ({ body })),
          new Date(Date.now() + 25 * 3_600_000),
        ),
      ).toEqual([])
    expect(await h.composed.jobs.heads()).toBeGreaterThan(0)
  })
})

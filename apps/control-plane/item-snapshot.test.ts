import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { halfDone } from './testing/half-done.ts'
import { type Harness, quietSnapshot, startHarness } from './testing/harness.ts'

/** G-CIV at the doors and in the database: what differs before and after is declared by the plan, or explained by name and confirmed by another. */
let h: Harness
let owner: pg.Client
let half: ReturnType<typeof halfDone>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  half = halfDone(h, owner)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

/** Verified, with what the second target answers afterwards. */
async function verified(after: string): Promise<ChangeDetail> {
  const { id } = await h.scheduledChange()
  await half.begun(id)
  let at = await half.carryOn(id, (now) => now.next?.phase === 'after' && now.next.targetName === 'portal-web-02')
  expect(at.next, 'after the last step').toMatchObject({ stepKey: 'snapshot', phase: 'after' })
  expect(await h.refused('qian.wei', id, 'pass-verification', { reason: '太早' })).toBe('change.not_next_step')
  await h.runNext(at)
  await h.carryOut({ exitCode: 0, stdout: after })
  at = await h.act('qian.wei', id, 'pass-verification', { reason: '两台正常' })
  expect(at.state).toBe('ci_reviewing')
  return at
}
const civ = (at: ChangeDetail) => at.guards.find((one) => one.guard === 'G-CIV')

describe('items before and after', () => {
  test('the same on every target: nothing to explain, and the change manager confirms', async () => {
    const at = await verified(quietSnapshot)
    expect(at.items.map((item) => [item.target.name, item.differences])).toEqual([
      ['portal-web-01', []],
      ['portal-web-02', []],
    ])
    expect(civ(at)).toMatchObject({ verdict: 'pass', mode: 'required' })
    expect(
      await h.refused('zhao.ming', at.id, 'item-explanations', {
        items: [{ targetId: at.targets[0]!.id, key: 'boot' }],
        note: 'x',
      }),
    ).toBe('change.nothing_to_explain')
    expect((await h.act('chen.jing', at.id, 'confirm-items', { reason: '已核对' })).state).toBe('reviewing')
    await half.sealed(at.id)
    expect(await h.act('chen.jing', at.id, 'close', { reason: '按计划完成' })).toMatchObject({ outcome: 'success' })
  })

  test('a port and another service the plan does not speak of: held until the executor has explained each, in the door and in SQL', async () => {
    const at = await verified(
      quietSnapshot.replace('0100007F:0016', '0100007F:0016\n00000000:1F90').replace('sshd.service 100', 'sshd.service 250'),
    )
    const { id } = at
    const item = at.items.find(({ target }) => target.name === 'portal-web-02')!
    expect(item.differences).toMatchObject([
      { key: 'services sshd.service', before: '100', after: '250', declared: false },
      { key: 'ports tcp/8080', before: null, after: 'listening', declared: false },
    ])
    expect(civ(at)).toMatchObject({ verdict: 'fail' })
    expect(await h.refused('chen.jing', id, 'confirm-items', { reason: '没看' })).toBe('change.items_unexplained')
    const [first, second] = item.differences.map(({ key }) => ({ targetId: item.target.id, key }))
    expect(await h.refused('qian.wei', id, 'item-explanations', { items: [first], note: '不是我' })).toBe('change.not_executor')
    await expect(
      owner.query(
        `insert into change_item_explanation (change_id, target_id, key, tenant_id, person_id, note, at)
         select id, $2, 'boot', tenant_id, reviewer_id, 'x', now() from change_request where id = $1`,
        [id, item.target.id],
      ),
    ).rejects.toThrow('change.not_executor')
    await h.act('zhao.ming', id, 'item-explanations', { items: [first], note: '安全补丁自动重启了 sshd' })
    expect(await h.refused('chen.jing', id, 'confirm-items', { reason: '还差一项' })).toBe('change.items_unexplained')
    const whole = await h.act('zhao.ming', id, 'item-explanations', { items: [second], note: '监控代理的端口' })
    expect(
      whole.items.find(({ target }) => target.name === 'portal-web-02')!.differences.map((one) => one.explanation?.note),
    ).toEqual(['安全补丁自动重启了 sshd', '监控代理的端口'])
    expect((await h.act('chen.jing', id, 'confirm-items', { reason: '已核对说明' })).state).toBe('reviewing')
    await half.sealed(id)
    expect(await h.act('chen.jing', id, 'close', { reason: '完成' }), 'computed').toMatchObject({
      outcome: 'success_with_deviation',
    })
  })

  test('a rollback asks no snapshot of anybody, and what was not looked at is explained like a difference', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    await h.act('zhao.ming', id, 'roll-back', { reason: '回退' })
    const back = await half.carryOn(id, (now) => now.state === 'verifying')
    expect(back.next, 'offered').toMatchObject({ phase: 'after', targetName: 'portal-web-01' })
    const at = await h.act('qian.wei', id, 'pass-verification', { reason: '已恢复' })
    expect(at.items.flatMap((item) => item.differences.map((one) => one.key))).toEqual(['missing', 'missing'])
    expect(await h.refused('chen.jing', id, 'confirm-items', { reason: '没看' })).toBe('change.items_unexplained')
    expect((await h.confirmItems(id, '窗口已过，人工核对一致')).state).toBe('reviewing')
  })
})

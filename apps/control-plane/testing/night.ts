import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import type pg from 'pg'
import { expect } from 'vitest'
import type { Harness } from './harness.ts'

/** A night with a fault: what tests of emergencies do before they come to their point. */
export function night(h: Harness, owner: pg.Client) {
  const post = async (login: string, path: string, body: object = {}): Promise<EmergencyDetail> => {
    const answer = await h.call(login, 'POST', `/emergencies${path}`, body)
    expect(answer.status, `${login} ${path}: ${JSON.stringify(answer.body).slice(0, 300)}`).toBe(200)
    return answer.body
  }
  const refused = async (login: string, path: string, body: object = {}): Promise<string> => {
    const { status, body: problem } = await h.call(login, 'POST', `/emergencies${path}`, body)
    expect(status, `${login} ${path} was done`).toBeGreaterThanOrEqual(400)
    return (problem as { code: string }).code
  }
  const personId = async (login: string): Promise<string> =>
    (await owner.query('select person_id from account where login = $1', [login])).rows[0].person_id
  const targetId = async (name: string): Promise<string> =>
    (await owner.query('select id from cmdb_target where name = $1', [name])).rows[0].id
  const wanted = async (over: object = {}): Promise<object> => ({
    title: '门户登录服务宕机',
    reason: '登录全部失败，告警 P1，值班已确认。',
    incidentNo: 'INC-20261129-7',
    incidentLevel: 'P1',
    secondId: await personId('qian.wei'),
    targets: [{ targetId: await targetId('portal-web-01'), accounts: ['hb-app'] }],
    ...over,
  })
  const present = async (id: string, ...logins: string[]): Promise<void> => {
    for (const login of logins) expect((await h.call(login, 'POST', `/emergencies/${id}/presence`)).status).toBe(200)
  }
  const invoked = async (by = 'zhao.ming', over: object = {}): Promise<EmergencyDetail> => post(by, '', await wanted(over))
  const executing = async (by = 'zhao.ming', second = 'qian.wei', over: object = {}): Promise<EmergencyDetail> => {
    const { id } = await invoked(by, { secondId: await personId(second), ...over })
    await post(second, `/${id}/confirm`)
    await post('qin.shou', `/${id}/allow`, { note: '已电话核实。' })
    const granted = await post('shen.zhu', `/${id}/allow`)
    expect(granted.state).toBe('executing')
    await present(id, by, second)
    return granted
  }
  const paper = {
    cause: '连接池耗尽，登录服务无法获得数据库连接。',
    impact: '02:05 至 02:40 门户登录不可用。',
    steps: '重启登录服务，调大连接池。',
    verification: '登录探测恢复，连续十分钟无失败。',
    rollback: 'kept',
    rollbackNote: '连接池参数保留，另立变更固化。',
    explanations: [],
  }
  /** Over and filed, with both signatures. */
  const filed = async (id: string, by = 'zhao.ming', second = 'qian.wei', body: object = {}): Promise<EmergencyDetail> => {
    const { filing } = await post(by, `/${id}/filings`, { ...paper, ...body })
    return post(second, `/${id}/countersign`, { version: filing!.version })
  }
  const stabilised = (id: string, by = 'zhao.ming'): Promise<EmergencyDetail> =>
    post(by, `/${id}/stabilise`, { reason: '登录恢复。' })
  /** As if it had ended so long ago: rows, not the clock, for people stay in the present. */
  const ago = async (id: string, hours: number): Promise<void> => {
    await owner.query('alter table emergency_case disable trigger guard')
    await owner.query('alter table emergency_deadline disable trigger guard')
    await owner.query(
      `update emergency_case set stabilised_at = stabilised_at - make_interval(hours => $2), granted_at = granted_at - make_interval(hours => $2), not_after = not_after - make_interval(hours => $2) where id = $1`,
      [id, hours],
    )
    await owner.query(
      'update emergency_deadline set due_at = due_at - make_interval(hours => $2) where emergency_id = $1 and fired_at is null and cancelled_at is null',
      [id, hours],
    )
    await owner.query('alter table emergency_case enable trigger guard')
    await owner.query('alter table emergency_deadline enable trigger guard')
    await filedAgo(id, hours)
  }
  const filedAgo = async (id: string, hours: number): Promise<void> => {
    await owner.query('alter table emergency_filing disable trigger user')
    await owner.query('update emergency_filing set at = at - make_interval(hours => $2) where emergency_id = $1', [id, hours])
    await owner.query('alter table emergency_filing enable trigger user')
  }
  /** Ends whatever is left open, so that the next test begins with nobody held back. */
  const settle = async (): Promise<void> => {
    await owner.query('alter table emergency_case disable trigger guard')
    await owner.query(`update emergency_case set state = 'closed' where state not in ('closed', 'refused')`)
    await owner.query('alter table emergency_case enable trigger guard')
  }
  const told = async (kind: string, id: string): Promise<string[]> =>
    (
      await owner.query(
        `select distinct a.login from notification n join account a on a.person_id = n.person_id where n.kind = $1 and n.object = $2 order by 1`,
        [kind, `emergency/${id}`],
      )
    ).rows.map((row) => row.login)
  return {
    post,
    refused,
    personId,
    targetId,
    wanted,
    present,
    invoked,
    executing,
    paper,
    filed,
    stabilised,
    ago,
    filedAgo,
    settle,
    told,
  }
}
export type Night = ReturnType<typeof night>

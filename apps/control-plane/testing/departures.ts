import type { DepartureView } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type pg from 'pg'
import { expect } from 'vitest'
import type { Harness } from './harness.ts'

export const dayMs = 86_400_000
/** A day so many ahead, as it is in Beijing. */
export const day = (ahead: number): string => beijingDay(new Date(Date.now() + ahead * dayMs))
export const openOf = (view: DepartureView): string[] =>
  view.items.filter((item) => item.state === 'open' || item.state === 'offered').map((item) => item.kind)

/** Leavers and movers as tests drive them: the administrator is han.guan where nobody else is named. */
export function departuresOn(h: Harness, owner: pg.Client) {
  const personOf = async (login: string): Promise<string> =>
    (await owner.query<{ person_id: string }>('select person_id from account where login = $1', [login])).rows[0]!.person_id
  async function declared(login: string, body: object = {}, by = 'han.guan'): Promise<DepartureView> {
    const whole = { kind: 'leave', personId: await personOf(login), lastDay: day(10), reason: '辞职', ...body }
    const { status, body: view } = await h.call(by, 'POST', '/departures', whole)
    expect(status, JSON.stringify(view)).toBe(200)
    return view
  }
  async function does(login: string, id: string, act: string, body?: object): Promise<DepartureView> {
    const { status, body: view } = await h.call(login, 'POST', `/departures/${id}/${act}`, body)
    expect(status, `${login} ${act}: ${JSON.stringify(view)}`).toBe(200)
    return view
  }
  async function refused(login: string, id: string, act: string, body?: object): Promise<string> {
    const { status, body: problem } = await h.call(login, 'POST', `/departures/${id}/${act}`, body)
    expect(status, `${login} ${act} was done`).toBeGreaterThanOrEqual(400)
    return (problem as { code: string }).code
  }
  const read = async (login: string, id: string): Promise<DepartureView> => (await h.call(login, 'GET', `/departures/${id}`)).body
  /** Hands over what a word settles, and answers what is left. */
  async function handOver(view: DepartureView, to: string): Promise<DepartureView> {
    let after = view
    const accepts = view.items.filter((item) => item.way === 'accept' && item.state !== 'settled').map((item) => item.key)
    if (accepts.length > 0) after = await does('han.guan', view.id, 'offers', { items: accepts, successorId: await personOf(to) })
    for (const item of accepts) after = await does(to, view.id, 'settlements', { item, note: '已接收' })
    for (const { key, way } of after.items)
      if (way === 'return') after = await does('han.guan', view.id, 'settlements', { item: key, note: '已交回' })
    return after
  }
  const cancelled = (id: string) => does('han.guan', id, 'cancel', { reason: '留任' })
  /** A terminal and a security key in somebody's name. */
  async function lend(login: string, terminal: string, key: string): Promise<void> {
    await owner.query(
      `insert into terminal (id, tenant_id, person_id, name, kind, status, cidr, requested_by, requested_at)
       select gen_random_uuid(), tenant_id, person_id, $2, 'network', 'approved', '10.77.0.0/16', person_id, now() from account where login = $1`,
      [login, terminal],
    )
    await owner.query(
      `insert into webauthn_credential (id, tenant_id, account_id, credential_id, public_key, counter, aaguid, backed_up, name, created_at)
       select gen_random_uuid(), tenant_id, id, 'key-of-' || login, '\\x00', 0, '', false, $2, now() from account where login = $1`,
      [login, key],
    )
  }
  return { lend, personOf, declared, does, refused, read, handOver, cancelled }
}

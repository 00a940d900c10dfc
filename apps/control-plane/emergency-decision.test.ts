import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { asApplication } from './testing/as-application.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type Night, night } from './testing/night.ts'

/** Whose word a filing needs: of risk R1 three, of any other the change manager (itsm §2.3 B). */
let h: Harness
let n: Night
let owner: pg.Client
let app: pg.Client
let asApp: ReturnType<typeof asApplication>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  n = night(h, owner)
  asApp = asApplication(owner, app)
}, 60_000)
afterEach(() => n.settle())
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

test('of risk R1 needs change manager, technical manager and management unit, each once; the last word approves', async () => {
  // A case of the deepest grade: on a system of level 4.
  const system = `(select system_id from cmdb_target where name = 'portal-web-01')`
  const { mlps_level } = (await owner.query(`select mlps_level from information_system where id = ${system}`)).rows[0]
  await owner.query(`update information_system set mlps_level = 4 where id = ${system}`)
  const grave = await n.executing()
  await owner.query(`update information_system set mlps_level = $1 where id = ${system}`, [mlps_level])
  const { id } = grave
  expect(grave.risk).toBe('R1')
  await n.stabilised(id)
  const filed = await n.filed(id)
  expect(filed.wanted).toEqual(['change-manager', 'technical-manager', 'management-unit'])
  expect(await n.told('emergency.decide', id)).toEqual(expect.arrayContaining(['chen.jing', 'lin.guan', 'wei.shen']))
  const waits = async (login: string) =>
    ((await h.call(login, 'GET', '/emergencies?show=act')).body as { items: { id: string }[] }).items.some(
      (item) => item.id === id,
    )
  for (const login of ['chen.jing', 'wei.shen', 'lin.guan']) expect(await waits(login), login).toBe(true)

  const word = { version: 1, note: '同意' }
  const move = `update emergency_case set state = 'retro_approved', version = version + 1 where id = $1`
  const one = await n.post('chen.jing', `/${id}/approve-filing`, word)
  expect(one).toMatchObject({ state: 'retro_filed', wanted: ['technical-manager', 'management-unit'] })
  expect(
    one.deadlines.some((due) => due.name === 'approval'),
    'the time to decide runs on',
  ).toBe(true)
  expect(await waits('chen.jing')).toBe(false)
  expect(await n.refused('chen.jing', `/${id}/approve-filing`, word)).toBe('emergency.already_said')
  expect(await n.refused('chu.heng', `/${id}/approve-filing`, word), 'another of the same side').toBe('emergency.not_asked')
  expect(await asApp('chen.jing', move, [id]), 'one is not three').toBe('emergency.not_approved')
  expect((await n.post('lin.guan', `/${id}/approve-filing`, word)).wanted).toEqual(['technical-manager'])
  for (const [login, part, code] of [
    ['chu.heng', 'change-manager', 'emergency.not_asked'],
    ['chu.heng', 'technical-manager', 'emergency.not_manager'],
    ['qian.wei', 'technical-manager', 'emergency.own_case'],
    ['wei.shen', 'management-unit', 'emergency.not_manager'],
  ] as const)
    expect(await sayAsApp(id, login, 'decide', 1, part), `${login} ${part}`).toBe(code)
  expect(await asApp('chen.jing', move, [id]), 'two are not three').toBe('emergency.not_approved')
  expect(await asApp('chen.jing', `update emergency_case set risk = 'R2', version = version + 1 where id = $1`, [id])).toBe(
    'request.stale',
  )
  const approved = await n.post('wei.shen', `/${id}/approve-filing`, word)
  expect(approved).toMatchObject({ state: 'retro_approved', wanted: [] })
  expect(approved.timeline.map((line) => line.act)).toEqual(
    expect.arrayContaining(['approve-change-manager', 'approve-management-unit', 'approve-technical-manager']),
  )
  expect(approved.words.filter((one) => one.kind === 'decide').map((one) => [one.by.name, one.part])).toEqual([
    ['陈静', 'change-manager'],
    ['林观', 'management-unit'],
    ['魏慎', 'technical-manager'],
  ])
})

test('of lower risk is the change manager’s alone; the others have no word in it', async () => {
  const { id, risk } = await n.executing()
  expect(['R2', 'R3', 'R4']).toContain(risk)
  await n.stabilised(id)
  expect((await n.filed(id)).wanted).toEqual(['change-manager'])
  const word = { version: 1, note: '同意' }
  expect(await n.refused('wei.shen', `/${id}/approve-filing`, word)).toBe('emergency.not_asked')
  expect(await n.refused('lin.guan', `/${id}/approve-filing`, word)).toBe('emergency.not_asked')
  expect(await sayAsApp(id, 'wei.shen', 'decide', 1, 'technical-manager')).toBe('emergency.not_asked')
  expect((await n.post('chen.jing', `/${id}/approve-filing`, word)).state).toBe('retro_approved')
})

/** As a control plane that was taken over would; answers the code or the words of the refusal, or that it was done. */
const sayAsApp = async (id: string, login: string, kind: string, round: number, part: string): Promise<string> =>
  asApp(
    login,
    `insert into emergency_word (emergency_id, kind, round, person_id, tenant_id, verdict, at, part) select id, $2, $3, $4, tenant_id, 'yes', now(), $5 from emergency_case where id = $1`,
    [id, kind, round, await n.personId(login), part],
  )

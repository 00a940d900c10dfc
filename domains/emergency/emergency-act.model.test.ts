import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  admissionRefusal,
  type EmergencyMandate,
  type EmergencyState,
  emergencyMoves,
  emergencyStates,
  grantMs,
} from './emergency.model.ts'
import {
  type Asking,
  custodiansOf,
  type EmergencyAct,
  type EmergencyFacts,
  emergencyActPermissions,
  emergencyActRefusal,
  emergencyActs,
  type FilingPart,
  filingParts,
  type Invocation,
  type InvocationFacts,
  invokeRefusal,
  isApproved,
  isCountersigned,
  openParts,
  opens,
  partOf,
  renewedUntil,
  type Word,
} from './emergency-act.model.ts'

const start = new Date('2026-11-29T02:00:00Z')
const everything = new Set<string>(Object.values(emergencyActPermissions))
const persons = ['executor', 'second', 'qin', 'shen', 'jiang', 'chen', 'chu'] as const
type Someone = (typeof persons)[number]
const asking = (personId: string, actions: ReadonlySet<string> = everything): Asking => ({
  personId,
  tenantId: 'a',
  actions,
  parts: new Set(filingParts),
})

/** What the services write when an act is allowed, on the facts alone; time goes on by minutes. */
interface Life {
  readonly facts: EmergencyFacts
  readonly grantedAt: Date | null
  readonly did: readonly { readonly act: EmergencyAct; readonly by: Someone }[]
}
const begin: Life = {
  facts: {
    now: start,
    tenantId: 'a',
    state: 'invoked',
    risk: 'R1',
    executorId: 'executor',
    secondId: 'second',
    invokedAt: start,
    confirmed: false,
    notAfter: null,
    renewals: 0,
    filing: 0,
    words: [],
  },
  grantedAt: null,
  did: [],
}
function take(life: Life, act: EmergencyAct, by: Someone): Life {
  const { facts } = life
  const { now, renewals, filing } = facts
  const add = (
    kind: Word['kind'],
    round: number,
    verdict: 'yes' | 'no' = 'yes',
    part: FilingPart | null = null,
  ): EmergencyFacts => ({
    ...facts,
    words: [...facts.words, { kind, round, personId: by, verdict, part }],
  })
  const to = (after: EmergencyFacts, state: EmergencyState): EmergencyFacts => ({ ...after, state })
  const done = (after: EmergencyFacts, grantedAt = life.grantedAt): Life => ({
    facts: after,
    grantedAt,
    did: [...life.did, { act, by }],
  })
  switch (act) {
    case 'confirm':
      return done({ ...add('confirm', 0), confirmed: true })
    case 'withdraw':
      return done(to(facts, 'refused'))
    case 'refuse':
      return done(to(add('custody', 0, 'no'), 'refused'))
    case 'allow': {
      const said = add('custody', 0)
      return opens(said) ? done({ ...to(said, 'executing'), notAfter: new Date(now.getTime() + grantMs) }, now) : done(said)
    }
    case 'order':
      return done(add('order', renewals + 1))
    case 'renew':
      return done({
        ...add('custody', renewals + 1),
        renewals: renewals + 1,
        notAfter: renewedUntil(life.grantedAt!, renewals + 1, now),
      })
    case 'stabilise':
      return done(to(facts, 'retro_draft'))
    case 'file':
      return done({ ...to(facts, 'retro_draft'), filing: filing + 1 })
    case 'countersign':
      return done(to(add('countersign', filing), 'retro_filed'))
    case 'approve': {
      const said = add('decide', filing, 'yes', partOf(facts, asking(by))!)
      return done(isApproved(said) ? to(said, 'retro_approved') : said)
    }
    case 'reject':
      return done(to(add('decide', filing, 'no'), 'violation'))
    case 'close':
      return done(to(add('close', 0), 'closed'))
  }
}
interface Wish {
  readonly act: EmergencyAct
  readonly by: Someone
  readonly minutes: number
  /** Instead of the act: the one of this number among those that are allowed now. Chance alone rarely gets far. */
  readonly lead: number | null
}
const wishes = fc.array(
  fc.record({
    act: fc.constantFrom(...emergencyActs),
    by: fc.constantFrom(...persons),
    minutes: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 0, max: 40 })),
    lead: fc.option(fc.nat(10_000), { freq: 3 }),
  }),
  { minLength: 5, maxLength: 40 },
)
const every = emergencyActs.flatMap((act) => persons.map((by) => ({ act, by })))
function live(wanted: readonly Wish[]): Life[] {
  const lives: Life[] = [begin]
  for (const { act, by, minutes, lead } of wanted) {
    const last = lives.at(-1)!
    const life: Life = { ...last, facts: { ...last.facts, now: new Date(last.facts.now.getTime() + minutes * 60_000) } }
    const may = (one: { act: EmergencyAct; by: Someone }): boolean => !emergencyActRefusal(one.act, life.facts, asking(one.by))
    // What ends an invocation is left to chance.
    const open = lead === null ? [] : every.filter((one) => one.act !== 'withdraw' && one.act !== 'refuse' && may(one))
    const next = open.length > 0 ? open[lead! % open.length]! : { act, by }
    lives.push(may(next) ? take(life, next.act, next.by) : life)
  }
  return lives
}

describe('whoever has every permission there is', () => {
  test('NT-F01 never reaches executing by fewer than four persons: executor, second and two custodians', () => {
    let reached = 0
    fc.assert(
      fc.property(wishes, (wanted) => {
        for (const { facts, did } of live(wanted)) {
          if (facts.state !== 'executing') continue
          reached += 1
          const keys = new Set(did.filter((one) => one.act === 'allow').map((one) => one.by))
          expect(keys.size).toBeGreaterThanOrEqual(2)
          expect(keys.has('executor') || keys.has('second')).toBe(false)
          expect(did).toContainEqual({ act: 'confirm', by: 'second' })
          expect(custodiansOf(facts).length).toBe(keys.size)
        }
      }),
      { numRuns: 400 },
    )
    expect(reached, 'a property of nothing is none').toBeGreaterThan(0)
  })
  test('is never granted more than an hour for each time that keys and orders gave one, three at most', () => {
    let renewed = 0
    fc.assert(
      fc.property(wishes, (wanted) => {
        for (const { facts, grantedAt, did } of live(wanted)) {
          if (!grantedAt || !facts.notAfter) continue
          const renewals = did.filter((one) => one.act === 'renew').length
          renewed += renewals
          expect(renewals).toBeLessThanOrEqual(2)
          expect(did.filter((one) => one.act === 'order').length).toBeGreaterThanOrEqual(renewals)
          expect(facts.notAfter.getTime() - grantedAt.getTime()).toBeLessThanOrEqual((1 + renewals) * grantMs)
        }
      }),
      { numRuns: 400 },
    )
    expect(renewed).toBeGreaterThan(0)
  })
  test('S11 a filing is approved by somebody who neither acted nor stood by nor kept a key, after both signatures', () => {
    let approved = 0
    let whole = 0
    fc.assert(
      fc.property(wishes, (wanted) => {
        const { facts, did } = live(wanted).at(-1)!
        for (const { by } of did.filter((one) => one.act === 'approve' || one.act === 'reject')) {
          approved += 1
          expect(['executor', 'second']).not.toContain(by)
          expect(did.filter((one) => one.act === 'allow' || one.act === 'renew').map((one) => one.by)).not.toContain(by)
        }
        if (facts.state === 'retro_approved') {
          expect(isCountersigned(facts)).toBe(true)
          whole += 1
          const said = facts.words.filter((word) => word.kind === 'decide' && word.round === facts.filing)
          expect(new Set(said.map((word) => word.personId)).size, 'R1: three persons').toBe(3)
          expect(new Set(said.map((word) => word.part)).size, 'R1: three sides').toBe(3)
        }
      }),
      { numRuns: 2000 },
    )
    expect(approved).toBeGreaterThan(0)
    expect(whole, 'a property of nothing is none').toBeGreaterThan(0)
  })
  test('moves along the pairs of the table only', () => {
    const pairs = new Set(emergencyMoves.map(([from, to]) => `${from} ${to}`))
    // The platform's own step between them, which takes no person.
    pairs.add('executing retro_draft')
    fc.assert(
      fc.property(wishes, (wanted) => {
        const states = live(wanted).map((life) => life.facts.state)
        for (const [index, state] of states.entries())
          if (index > 0 && state !== states[index - 1]) expect(pairs).toContain(`${states[index - 1]} ${state}`)
      }),
    )
  })
  test('without its permission an act is refused, whoever asks', () => {
    for (const act of emergencyActs)
      for (const by of persons) {
        const without = new Set([...everything].filter((action) => action !== emergencyActPermissions[act]))
        expect(emergencyActRefusal(act, begin.facts, asking(by, without))).toBe('access.denied')
      }
  })
})

describe('in words', () => {
  const facts = (over: Partial<EmergencyFacts>): EmergencyFacts => ({ ...begin.facts, ...over })
  const custody = (personId: string, round = 0): Word => ({ kind: 'custody', round, personId, verdict: 'yes' })
  test('NT-F01 one custodian is not two, and the same person twice is one', () => {
    const confirmed = facts({ confirmed: true, words: [custody('qin')] })
    expect(opens(confirmed)).toBe(false)
    expect(emergencyActRefusal('allow', confirmed, asking('qin'))).toBe('emergency.already_said')
    expect(opens({ ...confirmed, words: [custody('qin'), custody('qin')] })).toBe(false)
    expect(emergencyActRefusal('allow', confirmed, asking('shen'))).toBeUndefined()
  })
  test('NT-F01 custodian = user is refused, and counts for nothing where it was written all the same', () => {
    const confirmed = facts({ confirmed: true, words: [custody('qin'), custody('executor'), custody('second')] })
    expect(emergencyActRefusal('allow', facts({ confirmed: true }), asking('executor'))).toBe('emergency.own_case')
    expect(emergencyActRefusal('allow', facts({ confirmed: true }), asking('second'))).toBe('emergency.own_case')
    expect(custodiansOf(confirmed)).toEqual(['qin'])
    expect(opens(confirmed)).toBe(false)
  })
  test('no key turns before the second person is there', () => {
    expect(emergencyActRefusal('allow', facts({}), asking('qin'))).toBe('emergency.second_not_confirmed')
    expect(emergencyActRefusal('confirm', facts({}), asking('executor'))).toBe('emergency.not_second')
    expect(emergencyActRefusal('refuse', facts({}), asking('qin'))).toBeUndefined()
  })
  test('who answers after a quarter of an hour finds it over', () => {
    const late = facts({ confirmed: true, now: new Date(start.getTime() + 15 * 60_000) })
    expect(emergencyActRefusal('allow', late, asking('qin'))).toBe('emergency.expired')
    expect(emergencyActRefusal('allow', { ...late, now: new Date(late.now.getTime() - 1) }, asking('qin'))).toBeUndefined()
    expect(emergencyActRefusal('confirm', { ...late, confirmed: false }, asking('second'))).toBe('emergency.expired')
  })
  test('a renewal is an order and another person’s key, while the hour lasts', () => {
    const executing = facts({ state: 'executing', confirmed: true, notAfter: new Date(start.getTime() + grantMs) })
    const order: Word = { kind: 'order', round: 1, personId: 'chen', verdict: 'yes' }
    expect(emergencyActRefusal('renew', executing, asking('qin'))).toBe('emergency.not_renewed')
    const ordered = { ...executing, words: [order] }
    expect(emergencyActRefusal('renew', ordered, asking('chen'))).toBe('emergency.own_word')
    expect(emergencyActRefusal('renew', ordered, asking('qin'))).toBeUndefined()
    expect(emergencyActRefusal('renew', { ...ordered, now: executing.notAfter! }, asking('qin'))).toBe('emergency.expired')
    expect(emergencyActRefusal('order', { ...executing, renewals: 2 }, asking('chen'))).toBe('emergency.renewals_used')
    expect(emergencyActRefusal('order', { ...executing, words: [custody('chen')] }, asking('chen'))).toBe(
      'emergency.custodian_decides',
    )
  })
  test('RL-10: whose word a filing needs follows from its risk; another unit has one only where it is the management unit', () => {
    const filed = facts({
      state: 'retro_filed',
      filing: 1,
      words: [{ kind: 'countersign', round: 1, personId: 'second', verdict: 'yes' }],
    })
    const side = (personId: string, part: FilingPart, tenantId = 'a'): Asking => ({
      ...asking(personId),
      tenantId,
      parts: new Set([part]),
    })
    expect(emergencyActRefusal('close', filed, asking('chen'))).toBe('emergency.not_approved')
    expect(emergencyActRefusal('close', facts({ state: 'retro_draft' }), asking('chen'))).toBe('emergency.not_filed')
    const decided = (...words: Word[]): EmergencyFacts => ({ ...filed, words: [...filed.words, ...words] })
    const yes = (personId: string, part: FilingPart): Word => ({ kind: 'decide', round: 1, personId, verdict: 'yes', part })
    expect(openParts({ ...filed, risk: 'R2' })).toEqual(['change-manager'])
    expect(emergencyActRefusal('approve', { ...filed, risk: 'R2' }, side('wei', 'technical-manager'))).toBe('emergency.not_asked')
    expect(openParts(filed)).toEqual(filingParts)
    expect(emergencyActRefusal('approve', filed, side('lin', 'management-unit', 'mu'))).toBeUndefined()
    expect(emergencyActRefusal('approve', filed, side('wei', 'technical-manager', 'b'))).toBe('emergency.not_concerned')
    expect(emergencyActRefusal('close', { ...filed, state: 'retro_approved' }, side('lin', 'management-unit', 'mu'))).toBe(
      'emergency.not_concerned',
    )
    const two = decided(yes('chen', 'change-manager'), yes('wei', 'technical-manager'))
    expect(isApproved(two)).toBe(false)
    expect(emergencyActRefusal('approve', two, side('chen', 'management-unit'))).toBe('emergency.already_said')
    expect(emergencyActRefusal('approve', two, side('chu', 'change-manager'))).toBe('emergency.not_asked')
    expect(isApproved(decided(...two.words, yes('lin', 'management-unit')))).toBe(true)
    const ordered = decided({ kind: 'order', round: 1, personId: 'wei', verdict: 'yes' })
    expect(emergencyActRefusal('approve', ordered, side('wei', 'technical-manager'))).toBe('emergency.own_word')
  })
  test('who ends it from outside is the change manager, and nobody else', () => {
    const executing = facts({ state: 'executing' })
    const operator = new Set(['emergency:stabilise'])
    expect(emergencyActRefusal('stabilise', executing, asking('jiang', operator))).toBe('emergency.not_concerned')
    expect(emergencyActRefusal('stabilise', executing, asking('second', operator))).toBeUndefined()
    expect(
      emergencyActRefusal('stabilise', executing, asking('chen', new Set([...operator, 'emergency:approve']))),
    ).toBeUndefined()
  })
})

describe('an invocation', () => {
  const wanted: Invocation = {
    executorId: 'executor',
    secondId: 'second',
    tenantId: 'a',
    root: false,
    wanted: [{ targetId: 't1', accounts: ['app'] }],
  }
  const known: InvocationFacts = {
    secondFit: true,
    qualified: new Set(['executor', 'second']),
    blocks: [],
    targets: [
      {
        id: 't1',
        tenantId: 'a',
        plane: 'platform',
        accounts: [
          { name: 'app', privileged: false },
          { name: 'root', privileged: true },
        ],
      },
      { id: 't2', tenantId: 'a', plane: 'tenant', accounts: [{ name: 'app', privileged: false }] },
      { id: 't3', tenantId: 'b', plane: 'platform', accounts: [{ name: 'app', privileged: false }] },
    ],
    custodianIds: ['qin', 'shen', 'jiang'],
    hasOpen: false,
  }
  const both = (...ids: string[]) => ids.map((targetId) => ({ targetId, accounts: ['app'] }))
  const as = (account: string) => [{ targetId: 't1', accounts: [account] }]
  const owed = (personId: string | null, targetName: string | null) => ({ no: 'EC-1', personId, targetName })
  test.each<[string, Partial<Invocation>, Partial<InvocationFacts>, string | undefined]>([
    ['as it should be', {}, {}, undefined],
    ['with oneself', { secondId: 'executor' }, {}, 'emergency.same_person'],
    ['beside somebody who may not', {}, { secondFit: false }, 'emergency.second_unfit'],
    ['while another goes on', {}, { hasOpen: true }, 'emergency.already_invoked'],
    ['on nothing', { wanted: [] }, {}, 'emergency.target_unknown'],
    ['on one twice', { wanted: both('t1', 't1') }, {}, 'emergency.target_unknown'],
    ['on what is not there', { wanted: both('t9') }, {}, 'emergency.target_unknown'],
    ['over two planes', { wanted: both('t1', 't2') }, {}, 'emergency.targets_mixed'],
    ['on another unit’s', { wanted: both('t3') }, {}, 'emergency.targets_mixed'],
    ['under an account that is not there', { wanted: as('oracle') }, {}, 'emergency.account_unknown'],
    ['with root that was not asked for', { wanted: as('root') }, {}, 'emergency.root_not_asked'],
    ['with root that was', { wanted: as('root'), root: true }, {}, undefined],
    ['untrained', {}, { qualified: new Set(['executor']) }, 'emergency.not_qualified'],
    ['by somebody who owes a filing', {}, { blocks: [owed('executor', null)] }, 'emergency.retro_overdue'],
    ['on what is owed a filing', {}, { blocks: [owed(null, 't1')] }, 'emergency.asset_blocked'],
    ['where two keys are not left', {}, { custodianIds: ['qin', 'second', 'executor'] }, 'emergency.custodians_too_few'],
  ])('%s', (_what, invocation, facts, code) => {
    expect(invokeRefusal({ ...wanted, ...invocation }, { ...known, ...facts })).toBe(code)
  })
})

describe('admission to a target', () => {
  const mandate: EmergencyMandate = {
    id: 'e',
    no: 'EC-20261129-0001',
    title: '门户宕机',
    tenantId: 'a',
    partyIds: [],
    plane: 'platform',
    state: 'executing',
    executor: { personId: 'executor', name: '' },
    second: { personId: 'second', name: '' },
    secondLastSeenAt: start,
    notAfter: new Date(start.getTime() + grantMs),
    targets: [{ targetId: 't1', accounts: ['app'] }],
  }
  const asks = { personId: 'executor', targetId: 't1', account: 'app', now: new Date(start.getTime() + 60_000) }
  test('is for the executor, on what was named, while the hour lasts and the second person is seen', () => {
    expect(admissionRefusal(mandate, asks)).toBeUndefined()
    expect(admissionRefusal(mandate, { ...asks, personId: 'second' })).toBe('emergency.not_executor')
    expect(admissionRefusal(mandate, { ...asks, targetId: 't2' })).toBe('emergency.target_not_named')
    expect(admissionRefusal(mandate, { ...asks, account: 'root' })).toBe('emergency.account_not_named')
    expect(admissionRefusal(mandate, { ...asks, now: new Date(start.getTime() + 60_001) })).toBe('emergency.second_absent')
    expect(admissionRefusal({ ...mandate, secondLastSeenAt: null }, asks)).toBe('emergency.second_absent')
    const over = { ...mandate, secondLastSeenAt: mandate.notAfter }
    expect(admissionRefusal(over, { ...asks, now: mandate.notAfter! })).toBe('emergency.expired')
  })
  test('is given in no other state', () => {
    for (const state of emergencyStates.filter((one) => one !== 'executing'))
      expect(admissionRefusal({ ...mandate, state }, asks), state).toBe('emergency.not_granted')
  })
})

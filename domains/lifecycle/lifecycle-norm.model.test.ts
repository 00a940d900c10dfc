import { describe, expect, test } from 'vitest'
import { reopenRefusal } from './lifecycle.model.ts'
import {
  closingRule,
  isNameOfNorm,
  joinerDone,
  type NormBinding,
  type NormId,
  nextJoinerStep,
  normFindings,
  normIds,
  norms,
  type PersonFacts,
  standingOf,
  trainingActs,
  vitalRoles,
} from './lifecycle-norm.model.ts'

const at = new Date('2026-12-01T08:00:00Z')
const ago = (days: number): Date => new Date(at.getTime() - days * 86_400_000)
const binding = (more: Partial<NormBinding> = {}): NormBinding => ({
  id: 'b',
  role: 'ENG',
  duty: null,
  since: ago(10),
  suspended: false,
  byTraining: false,
  usedAt: ago(1),
  ...more,
})
const person = (more: Partial<PersonFacts> = {}): PersonFacts => ({
  personId: 'p',
  name: '甲',
  status: 'active',
  registeredAt: ago(200),
  trainingUntil: '2027-06-30',
  department: null,
  accountId: 'a',
  login: 'zhao.ming',
  accountStatus: 'active',
  openedAt: ago(200),
  lastLogonAt: ago(1),
  passwordChangedAt: ago(10),
  mustChange: false,
  hasFactor: true,
  terminals: 1,
  reopenedAt: null,
  suspended: false,
  bindings: [binding()],
  shared: [],
  ...more,
})
const found = (more: Partial<PersonFacts>): NormId[] => normFindings(person(more), at).map((one) => one.rule)

describe('each norm, at its edge', () => {
  test('nothing is wrong with somebody who works as they should', () => {
    expect(found({})).toEqual([])
  })
  const edges: readonly [NormId, Partial<PersonFacts>, Partial<PersonFacts>][] = [
    ['N-A01', { lastLogonAt: ago(91), openedAt: ago(200) }, { lastLogonAt: ago(90) }],
    ['N-A01', { lastLogonAt: null, openedAt: ago(91) }, { lastLogonAt: ago(200), reopenedAt: ago(3) }],
    ['N-A02', { lastLogonAt: null, openedAt: ago(31) }, { lastLogonAt: null, openedAt: ago(30) }],
    ['N-A03', { passwordChangedAt: ago(90) }, { passwordChangedAt: ago(89) }],
    ['N-A04', { shared: [{ from: '10.1.1.1', with: 'q', name: '乙', at: ago(1).toISOString() }] }, {}],
    ['N-A05', { status: 'left', bindings: [] }, { status: 'left', bindings: [], accountStatus: 'disabled' }],
    [
      'N-A06',
      { bindings: [binding({ since: ago(200), usedAt: ago(91) })] },
      { bindings: [binding({ since: ago(90), usedAt: null })] },
    ],
    ['N-A07', { trainingUntil: '2026-11-30' }, { trainingUntil: '2027-12-31' }],
    ['N-A07', { trainingUntil: null }, { trainingUntil: null, bindings: [], accountStatus: 'disabled' }],
    ['N-A08', { trainingUntil: '2026-12-20' }, { trainingUntil: '2027-01-31' }],
    ['N-A09', { login: 'admin' }, { login: 'zhao.ming2' }],
  ]
  test.each(edges)('%s holds, and holds no more', (rule, bad, good) => {
    expect(found(bad)).toContain(rule)
    expect(found(good)).not.toContain(rule)
  })
  test('every norm has an edge here, tells somebody, and says until when', () => {
    expect([...new Set(edges.map(([rule]) => rule))]).toEqual(normIds)
    for (const id of normIds) expect(norms[id].tells.length).toBeGreaterThan(0)
    // What takes something away does so at once.
    for (const id of normIds) if (norms[id].suspends) expect(norms[id].days).toBe(0)
  })
  test('names of one person only', () => {
    for (const name of ['zhao.ming', 'lv.bin', 'wang3', 'a.b.c']) expect(isNameOfNorm(name), name).toBe(true)
    for (const name of ['root', 'test01', 'admin.zhang', 'zhao_ming', '1zhao', 'zhao..ming', 'dba2'])
      expect(isNameOfNorm(name), name).toBe(false)
  })
})

describe('what rules take', () => {
  const lapsed = { trainingUntil: '2026-11-30' }
  const holder = (personId: string, role: string, more: Partial<PersonFacts> = {}): PersonFacts =>
    person({ personId, bindings: [binding({ id: `${personId}.${role}`, role })], ...more })

  test('a lapsed training holds every role back, and a new one gives back only what it took', () => {
    const bindings = [binding(), binding({ id: 'h', suspended: true })]
    const of = person({ ...lapsed, bindings })
    expect(trainingActs(of, at, standingOf([of], at)).hold.map((one) => one.id)).toEqual(['b'])
    const after = person({ bindings: [binding({ suspended: true, byTraining: true }), binding({ id: 'h', suspended: true })] })
    expect(trainingActs(after, at, standingOf([after], at))).toMatchObject({ hold: [], release: [{ id: 'b' }] })
  })
  test.each(vitalRoles)('of all who hold %s somebody who can act is left, in whatever order rules take', (role) => {
    const dormant = { lastLogonAt: ago(91) }
    for (const people of [
      [holder('a', role, lapsed), holder('b', role, lapsed)],
      [holder('a', role, dormant), holder('b', role, lapsed), holder('c', role, { accountStatus: 'disabled' })],
      [holder('a', role, lapsed), holder('b', role, dormant)],
      [holder('a', role, dormant), person({ personId: 'b', bindings: [binding({ role, suspended: true })] })],
    ]) {
      const standing = standingOf(people, at)
      const left = people.filter((of) => {
        if (closingRule(of, at, standing)) {
          standing.took(of.personId)
          return false
        }
        const { hold } = trainingActs(of, at, standing)
        for (const one of hold) standing.took(of.personId, one.role)
        return of.accountStatus === 'active' && of.bindings.some((one) => !one.suspended && !hold.includes(one))
      })
      expect(left).toHaveLength(1)
    }
  })
  test('other roles, and those who are gone, are spared nothing', () => {
    const of = holder('a', 'ENG', { ...lapsed, lastLogonAt: ago(91) })
    expect(closingRule(of, at, standingOf([of], at))).toBe('N-A01')
    expect(trainingActs(of, at, standingOf([of], at)).hold).toHaveLength(1)
    const gone = holder('b', 'TAD', { status: 'left' })
    expect(closingRule(gone, at, standingOf([gone], at))).toBe('N-A05')
  })
})

describe('the way back', () => {
  const of = { personId: 'p', tenantId: 't', askedBy: null as string | null, rule: 'N-A01', heldByTraining: false }
  const who = (personId: string, role: 'PAD' | 'SEC' | 'TAD') => ({
    personId,
    tenantId: 't',
    manages: role !== 'SEC',
    reinstates: role !== 'PAD',
  })
  test('takes an administrator and a security administrator, two persons, neither its subject', () => {
    expect(reopenRefusal(of, 'ask', who('pad', 'PAD'))).toBeUndefined()
    expect(reopenRefusal(of, 'ask', who('sec', 'SEC'))).toBe('lifecycle.not_administrator')
    expect(reopenRefusal(of, 'confirm', who('sec', 'SEC'))).toBe('lifecycle.not_asked')
    const asked = { ...of, askedBy: 'pad' }
    expect(reopenRefusal(asked, 'confirm', who('sec', 'SEC'))).toBeUndefined()
    expect(reopenRefusal(asked, 'confirm', { ...who('pad', 'PAD'), reinstates: true })).toBe('lifecycle.second_person_required')
    expect(reopenRefusal(asked, 'confirm', who('p', 'SEC'))).toBe('lifecycle.own_suspension')
    expect(reopenRefusal(asked, 'ask', who('pad', 'PAD'))).toBe('lifecycle.already_asked')
    expect(reopenRefusal({ ...of, rule: 'N-A07' }, 'ask', who('pad', 'PAD'))).toBe('lifecycle.training_only')
    expect(reopenRefusal({ ...asked, heldByTraining: true }, 'confirm', who('sec', 'SEC'))).toBe('lifecycle.training_only')
    expect(reopenRefusal(asked, 'confirm', { ...who('sec', 'SEC'), tenantId: 'other' })).toBe('lifecycle.not_administrator')
  })
  test('takes two administrators where a unit has no security of its own', () => {
    expect(reopenRefusal(of, 'ask', who('first', 'TAD'))).toBeUndefined()
    const asked = { ...of, askedBy: 'first' }
    expect(reopenRefusal(asked, 'confirm', who('first', 'TAD'))).toBe('lifecycle.second_person_required')
    expect(reopenRefusal(asked, 'confirm', who('second', 'TAD'))).toBeUndefined()
  })
})

describe('a joiner', () => {
  test('goes one step after the other, training before everything that gives rights', () => {
    const fresh = person({
      trainingUntil: null,
      accountId: null,
      accountStatus: null,
      login: null,
      openedAt: null,
      lastLogonAt: null,
      mustChange: true,
      hasFactor: false,
      terminals: 0,
      bindings: [],
    })
    expect(nextJoinerStep(joinerDone(fresh, at))).toBe('training')
    const trained = { ...fresh, trainingUntil: '2027-01-01' }
    expect(nextJoinerStep(joinerDone(trained, at))).toBe('account')
    const opened: PersonFacts = { ...trained, accountId: 'a', accountStatus: 'active' }
    expect(nextJoinerStep(joinerDone(opened, at))).toBe('logon')
    const inside: PersonFacts = { ...opened, lastLogonAt: at, mustChange: false, hasFactor: true, terminals: 1 }
    expect(nextJoinerStep(joinerDone(inside, at))).toBe('role')
    expect(nextJoinerStep(joinerDone({ ...inside, bindings: [binding()] }, at))).toBeUndefined()
    // A role that is held back is none.
    expect(nextJoinerStep(joinerDone({ ...inside, bindings: [binding({ suspended: true })] }, at))).toBe('role')
  })
})

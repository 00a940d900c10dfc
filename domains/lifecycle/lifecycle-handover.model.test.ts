import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canStep,
  type DepartureFacts,
  departureActs,
  departureStates,
  goneAt,
  lastDayRefusal,
  stepRefusal,
} from './lifecycle.model.ts'
import {
  type Held,
  handover,
  heldKinds,
  itemKey,
  offerRefusal,
  openItems,
  type Settlement,
  settleRefusal,
} from './lifecycle-handover.model.ts'

const held = (kind: Held['kind'], more: Partial<Held> = {}): Held => ({
  kind,
  id: kind,
  label: kind,
  detail: '',
  others: 0,
  blocks: false,
  ...more,
})
const said = (one: Held, more: Partial<Settlement> = {}): Settlement => ({
  item: itemKey(one),
  successorId: 'next',
  settledBy: null,
  settledAt: null,
  note: null,
  ...more,
})
const of: DepartureFacts = { personId: 'gone', tenantId: 't', kind: 'leave', state: 'notice' }
const administrator = { personId: 'pad', tenantId: 't', manages: true }
const at = new Date('2026-12-01T00:00:00Z')

describe('the last day', () => {
  test('lasts until midnight in Beijing, wherever the clock stands', () => {
    expect(goneAt('2026-12-01').toISOString()).toBe('2026-12-01T16:00:00.000Z')
  })
  test('is today or later, and within a year', () => {
    expect(lastDayRefusal('2026-11-30', at)).toBe('lifecycle.day_past')
    expect(lastDayRefusal('2026-12-01', at)).toBeUndefined()
    expect(lastDayRefusal('2027-12-01', at)).toBeUndefined()
    expect(lastDayRefusal('2028-01-01', at)).toBe('lifecycle.day_far')
  })
})

describe('the list', () => {
  test('what another act settles is settled by no word; what a word settles is not settled before it is said', () => {
    const executor = held('change.executor', { blocks: true })
    const manager = held('change.manager')
    const items = handover('leave', [manager, executor], [said(executor, { settledBy: 'next', settledAt: at }), said(manager)])
    expect(items.map(({ kind, state }) => [kind, state])).toEqual([
      ['change.executor', 'offered'],
      ['change.manager', 'offered'],
    ])
    const after = handover('leave', [manager], [said(manager, { settledBy: 'next', settledAt: at })])
    expect(openItems(after)).toEqual([])
  })
  test('a seat that others can fill holds nobody up, the last one does', () => {
    expect(openItems(handover('leave', [held('approval.seat', { others: 1 })], []))).toEqual([])
    expect(openItems(handover('leave', [held('approval.seat', { blocks: true })], []))).toHaveLength(1)
  })
  test('a mover keeps what is their own', () => {
    const all = heldKinds.map((kind) => held(kind))
    const kinds = handover('transfer', all, []).map((item) => item.kind)
    for (const own of ['terminal', 'security-key', 'ssh-key', 'certificate', 'channel', 'violation.answer'] as const)
      expect(kinds).not.toContain(own)
    expect(kinds).toContain('role.custody')
    expect(handover('leave', all, []).map((item) => item.kind)).toEqual(heldKinds)
  })
  test('only the successor accepts, only the administrator sees a thing come back, and the leaver does neither', () => {
    const [manager, terminal] = handover('leave', [held('change.manager'), held('terminal')], [said(held('change.manager'))])
    const who = (personId: string, manages = false) => ({ personId, manages })
    expect(settleRefusal(of, manager, who('next'))).toBeUndefined()
    expect(settleRefusal(of, manager, who('pad', true))).toBe('lifecycle.not_successor')
    expect(settleRefusal(of, terminal, who('next'))).toBe('lifecycle.not_administrator')
    expect(settleRefusal(of, terminal, who('pad', true))).toBeUndefined()
    expect(settleRefusal(of, terminal, who('gone', true))).toBe('lifecycle.own_departure')
    expect(settleRefusal({ ...of, state: 'complete' }, terminal, who('pad', true))).toBe('lifecycle.wrong_state')
    expect(settleRefusal(of, undefined, who('pad', true))).toBe('lifecycle.item_not_found')
    expect(offerRefusal(of, manager, { personId: 'gone', staysInUnit: true })).toBe('lifecycle.successor_unfit')
    expect(offerRefusal(of, manager, { personId: 'next', staysInUnit: false })).toBe('lifecycle.successor_unfit')
  })
  test('RL-25 no list with anything open is ever completed, by nobody', () => {
    const aHeld = fc
      .record({ kind: fc.constantFrom(...heldKinds), blocks: fc.boolean(), others: fc.nat(3) })
      .map((one) => held(one.kind, one))
    fc.assert(
      fc.property(
        fc.array(aHeld, { maxLength: 12 }),
        fc.array(aHeld, { maxLength: 12 }),
        fc.boolean(),
        (all, talked, settled) => {
          const words = talked.map((one) => said(one, settled ? { settledBy: 'next', settledAt: at } : {}))
          const open = openItems(handover('leave', all, words)).length
          const refusal = stepRefusal(of, 'complete', administrator, open)
          expect(refusal).toBe(open > 0 ? 'lifecycle.open_items' : undefined)
          // What blocks is open whatever anybody said.
          if (all.some((one) => one.blocks && ['change.executor', 'role.custody', 'approval.seat'].includes(one.kind)))
            expect(open).toBeGreaterThan(0)
        },
      ),
    )
  })
})

describe('the states', () => {
  test('nobody completes, cancels or confirms their own, and no other unit does', () => {
    for (const act of ['confirm', 'cancel', 'complete'] as const) {
      expect(stepRefusal(of, act, { ...administrator, personId: 'gone' }, 0)).toBe('lifecycle.own_departure')
      expect(stepRefusal(of, act, { ...administrator, tenantId: 'other' }, 0)).toBe('lifecycle.not_administrator')
      expect(stepRefusal(of, act, { ...administrator, manages: false }, 0)).toBe('lifecycle.not_administrator')
    }
  })
  test('nothing leads out of the end, and after the cut only completion', () => {
    for (const act of departureActs)
      for (const state of ['complete', 'cancelled'] as const) expect(canStep(state, act)).toBe(false)
    expect(departureActs.filter((act) => canStep('cut', act))).toEqual(['complete'])
    expect(departureStates.filter((state) => canStep(state, 'cut'))).toEqual(['notice'])
  })
})

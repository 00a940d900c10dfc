import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Notice, noticeFault, noticeLeadDays, receiptRefusal } from './announcement.model.ts'

const at = (hours: number): Date => new Date(Date.UTC(2026, 10, 25) + hours * 3_600_000)
const hour = fc.integer({ min: -200, max: 200 })
const notice: fc.Arbitrary<Notice> = fc
  .record({
    sent: fc.option(hour, { nil: null }),
    received: fc.option(hour, { nil: null }),
    lead: fc.nat(100),
    waived: fc.boolean(),
  })
  .map(({ sent, received, lead, waived }) => ({
    unit: 'centre',
    sentAt: sent === null ? null : at(sent),
    receivedAt: received === null ? null : at(received),
    waived,
    earliestStart: received === null ? null : at(received + lead),
  }))

test('no window begins for a unit that was not told, did not say so, or has no time and did not waive it', () => {
  fc.assert(
    fc.property(notice, fc.option(hour, { nil: null }), (told, start) => {
      const windowStart = start === null ? null : at(start)
      if (noticeFault(told, windowStart)) return
      expect(told.sentAt).not.toBeNull()
      expect(told.receivedAt).not.toBeNull()
      if (!told.waived) expect(windowStart! >= told.earliestStart!).toBe(true)
    }),
  )
  const good = { unit: 'centre', sentAt: at(0), receivedAt: at(1), waived: false, earliestStart: at(25) }
  expect(noticeFault(good, at(25))).toBeUndefined()
  expect(noticeFault(good, at(24))).toBe('notice_late')
  expect(noticeFault({ ...good, waived: true }, at(2))).toBeUndefined()
  expect(noticeFault({ ...good, receivedAt: null, earliestStart: null, waived: true }, at(99))).toBe('notice_unread')
})

test('the graver the risk, the longer the notice', () => {
  expect(noticeLeadDays).toEqual({ R1: 3, R2: 3, R3: 1, R4: 0 })
})

test('a receipt is given once, by the unit that was told; a waiver may follow it, and is the last word', () => {
  const told = (...receipts: boolean[]) => ({ unitId: 'centre', receipts: receipts.map((waives) => ({ waives })) })
  expect(receiptRefusal(told(), 'centre', false)).toBeUndefined()
  expect(receiptRefusal(told(), 'centre', true)).toBeUndefined()
  expect(receiptRefusal(told(), 'provider', false)).toBe('announcement.not_addressee')
  expect(receiptRefusal(told(false), 'centre', false)).toBe('announcement.already_received')
  expect(receiptRefusal(told(false), 'centre', true)).toBeUndefined()
  for (const waives of [false, true]) {
    expect(receiptRefusal(told(true), 'centre', waives)).toBe('announcement.already_received')
    expect(receiptRefusal(told(false, true), 'centre', waives)).toBe('announcement.already_received')
  }
})

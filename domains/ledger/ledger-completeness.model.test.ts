import type { LedgerBody } from '@huabiao/domains/ledger/ledger.model'
import { completenessFindings } from '@huabiao/domains/ledger/ledger-completeness.model'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

type Event = readonly [act: string, data: Record<string, unknown>, decision?: 'refused']
const start = Date.parse('2026-11-24T00:00:00.000Z')
const bodies = (events: readonly Event[], from = 1): { body: LedgerBody }[] =>
  events.map(([act, data, decision], i) => ({
    body: {
      v: 1,
      seq: from + i,
      tenant: 't1',
      plane: 'tenant',
      at: new Date(start + i * 1000).toISOString(),
      actor: { kind: 'service', service: 'gateway/gw-1', door: 'service', ip: '::1' },
      act,
      object: 'session/s1',
      decision: decision ?? 'done',
      data: data as LedgerBody['data'],
    },
  }))
const findings = (events: readonly Event[], exportedAfterMs = 60_000, from = 1) =>
  completenessFindings(bodies(events, from), new Date(start + exportedAfterMs)).map(
    ({ code, seq, number }) => `${code}@${seq}${number === undefined ? '' : `#${number}`}`,
  )

const opened: Event = ['session.opened', { sessionId: 's1' }]
const segment = (index: number): Event => ['recording.segment_sealed', { sessionId: 's1', index, sm3: '', sha256: '', bytes: 1 }]
const sealed = (segments: number): Event => ['session.sealed', { sessionId: 's1', segments, manifest: 'm' }]
const gap = (segments: number): Event => ['session.gap', { sessionId: 's1', segments, reason: 'killed' }]
const day = 24 * 3_600_000

describe('sessions', () => {
  test('a session that is opened, recorded and sealed is complete, and so is one with a gap record', () => {
    expect(findings([opened, segment(0), segment(1), sealed(2)])).toEqual([])
    expect(findings([opened, gap(0)])).toEqual([])
  })

  test('a session without an end is a finding only after 24 hours', () => {
    expect(findings([opened, segment(0)], day)).toEqual([])
    expect(findings([opened, segment(0)], day + 1)).toEqual(['session_not_sealed@1'])
  })

  test('two ends of one session, two openings, and an end without an opening are findings', () => {
    expect(findings([opened, sealed(0), gap(0)])).toEqual(['session_sealed_twice@3'])
    expect(findings([opened, opened, sealed(0)])).toEqual(['session_opened_twice@2'])
    expect(findings([opened, sealed(0), opened])).toEqual(['session_opened_twice@3'])
    expect(findings([sealed(0)])).toEqual(['session_never_opened@1'])
    expect(findings([segment(0)])).toEqual(['segment_never_opened@1#0'])
  })

  test('a missing, a repeated, a late segment and a wrong count are findings', () => {
    expect(findings([opened, segment(0), segment(2), sealed(2)])).toEqual(['segment_missing@4#1'])
    expect(findings([opened, segment(1), sealed(1)])).toEqual(['segment_missing@3#0'])
    expect(findings([opened, segment(0), segment(0), sealed(1)])).toEqual(['segment_repeated@3#0'])
    expect(findings([opened, segment(0), sealed(1), segment(1)])).toEqual(['segment_after_seal@4#1'])
    expect(findings([opened, segment(0), sealed(2)])).toEqual(['segment_count@3#2'])
  })

  test('segments in any order are complete, and dropping any one of them is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), fc.infiniteStream(fc.nat()), (count, at, dice) => {
        const order = Array.from({ length: count }, (_, i) => [i, dice.next().value as number] as const).sort(
          (a, b) => a[1] - b[1],
        )
        const segments = order.map(([index]) => segment(index))
        expect(findings([opened, ...segments, sealed(count)])).toEqual([])
        expect(findings([opened, ...segments.toSpliced(at % count, 1), sealed(count)]).length).toBeGreaterThan(0)
      }),
    )
  })

  test('a refused opening opens nothing', () => {
    expect(findings([['session.opened', { sessionId: 's1' }, 'refused']], day * 2)).toEqual([])
  })

  test('an export that begins later than record 1 does not miss what lies before it', () => {
    expect(findings([segment(4), sealed(5)], 60_000, 100)).toEqual([])
    expect(findings([sealed(5), gap(5)], 60_000, 100)).toEqual(['session_sealed_twice@101'])
  })
})

describe('grants', () => {
  const issued = (more: object = {}): Event => [
    'grant.issued',
    { grantId: 'g1', notAfter: new Date(start + 30_000).toISOString(), ...more },
  ]
  const end = (act: string): Event => [act, { grantId: 'g1' }]

  test('each of the three ends completes a grant', () => {
    for (const act of ['step.finished', 'step.unknown', 'grant.expired']) expect(findings([issued(), end(act)])).toEqual([])
  })

  test('a grant without an end is a finding only once it has expired', () => {
    expect(findings([issued()], 30_000)).toEqual([])
    expect(findings([issued()], 30_001)).toEqual(['grant_not_ended@1'])
  })

  test('a grant that states the time limit of its step may take that long more', () => {
    expect(findings([issued({ timeoutMs: 10_000 })], 40_000)).toEqual([])
    expect(findings([issued({ timeoutMs: 10_000 })], 40_001)).toEqual(['grant_not_ended@1'])
  })

  test('two ends, two issues, and an end without an issue are findings', () => {
    expect(findings([issued(), end('step.finished'), end('grant.expired')])).toEqual(['grant_ended_twice@3'])
    expect(findings([issued(), issued(), end('step.finished')])).toEqual(['grant_issued_twice@2'])
    expect(findings([end('step.finished')])).toEqual(['grant_never_issued@1'])
  })
})

test('events without their fields are findings and not errors', () => {
  const acts = [
    'session.opened',
    'recording.segment_sealed',
    'session.sealed',
    'session.gap',
    'grant.issued',
    'step.finished',
    'grant.expired',
  ]
  for (const act of acts) expect(findings([[act, { sessionId: 7, index: -1 }]])).toEqual(['event_malformed@1'])
  expect(
    findings([
      ['change.approved', {}],
      ['toString', {}],
    ]),
  ).toEqual([])
  expect(completenessFindings([], new Date())).toEqual([])
})

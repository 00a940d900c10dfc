import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  impossibleJourney,
  kilometresBetween,
  type LogonSeen,
  logonSigns,
  type OtherLogon,
  type Place,
} from './violation-account.model.ts'

const huazhou: Place = { name: '华州', latitude: 32.06, longitude: 118.8 }
const urumqi: Place = { name: '乌鲁木齐', latitude: 43.83, longitude: 87.62 }
const at = new Date('2026-11-25T08:00:00Z')
const before = (minutes: number) => new Date(at.getTime() - minutes * 60_000)
const other = (more: Partial<OtherLogon> = {}): OtherLogon => ({
  at: before(60),
  from: '10.1.0.9',
  inUse: false,
  sameDevice: false,
  place: undefined,
  ...more,
})
const seen = (more: Partial<LogonSeen> = {}): LogonSeen => ({
  at,
  place: huazhou,
  others: [],
  onDuty: true,
  trained: true,
  ...more,
})
const place = fc.record<Place>({
  name: fc.constant('x'),
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
})

describe('two places', () => {
  test('a flight of an hour between cities three thousand kilometres apart is none; one of five hours is', () => {
    expect(Math.round(kilometresBetween(huazhou, urumqi) / 100)).toBe(30)
    expect(logonSigns(seen({ others: [other({ place: urumqi })] }))).toMatchObject([
      { entry: 'V-D4', intent: 'fact', detail: { otherFrom: '10.1.0.9', minutes: 60 } },
    ])
    expect(logonSigns(seen({ others: [other({ place: urumqi, at: before(300) })] }))).toEqual([])
    expect(logonSigns(seen({ others: [other({ place: undefined })] }))).toEqual([])
  })
  test('distance is symmetric, at most half the way around, and nobody is blamed for a place that is the same', () => {
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: 1440 }), (a, b, minutes) => {
        expect(kilometresBetween(a, b)).toBeCloseTo(kilometresBetween(b, a), 3)
        expect(kilometresBetween(a, b)).toBeLessThanOrEqual(20_016)
        expect(impossibleJourney({ at, place: a }, { at: before(minutes), place: a })).toBeUndefined()
        // More time never makes a journey impossible that was possible.
        if (!impossibleJourney({ at, place: a }, { at: before(minutes), place: b }))
          expect(impossibleJourney({ at, place: a }, { at: before(minutes + 60), place: b })).toBeUndefined()
      }),
    )
  })
  test('two devices in use at once are asked about; one that lies idle, or is the same, is not', () => {
    expect(logonSigns(seen({ others: [other({ inUse: true })] }))).toMatchObject([{ entry: 'V-D4', intent: 'doubt' }])
    expect(logonSigns(seen({ others: [other({ inUse: true, sameDevice: true }), other()] }))).toEqual([])
  })
})
test('training lapsed: of whoever reaches production, and of nobody else', () => {
  expect(logonSigns(seen({ trained: false }))).toMatchObject([{ entry: 'V-D5', rule: 'RL-24' }])
  expect(logonSigns(seen({ trained: false, onDuty: false }))).toEqual([])
})

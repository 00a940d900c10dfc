import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterTransfer,
  bytesOfPart,
  canonicalPath,
  canTransfer,
  contentRefusal,
  downloadPath,
  partBytes,
  partsOf,
  placeOf,
  type TransferAct,
  transferStates,
  uploadPath,
} from './transfer.model.ts'

const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/).filter((text) => text !== '.' && text !== '..')

describe('paths', () => {
  test('every text is a canonical path or none, and a canonical one stays what it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 1100 })),
        (raw) => {
          const path = canonicalPath(raw)
          if (path === undefined) return
          expect(path).toMatch(/^\//)
          expect(path.split('/')).not.toContain('..')
          expect(path.slice(1).split('/').slice(0, -1)).not.toContain('')
          expect(canonicalPath(path)).toBe(path)
        },
      ),
      { numRuns: 2_000 },
    )
  })
  test('dots and slashes are only a way of saying the same', () => {
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.array(fc.constantFrom('.', '', 'x/..'), { maxLength: 6 }),
        (words, noise) => {
          const noisy = words.flatMap((one, i) => [noise[i] ?? '', one]).join('/')
          expect(canonicalPath(`/${noisy}`)).toBe(`/${words.join('/')}`)
        },
      ),
    )
  })
  test('nothing is above the root, and what hides a name is no path', () => {
    expect(canonicalPath('../../..')).toBe('/')
    expect(canonicalPath('/a/../../b')).toBe('/b')
    for (const raw of ['/a\0b', '/\u202egpj.exe', '/a\nb', '/\ufeffa', '/\ud800', `/${'a'.repeat(1024)}`])
      expect(canonicalPath(raw)).toBeUndefined()
  })
  test('a place is found under its path, and nowhere else', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(placeOf(uploadPath({ changeNo: a, slot: b, name: c }))).toEqual({ kind: 'upload', changeNo: a, slot: b, name: c })
        expect(placeOf(downloadPath({ ticketNo: a, name: b }))).toEqual({ kind: 'download', ticketNo: a, name: b })
        for (const path of [
          `/${a}/${b}/${c}`,
          `/upload/${a}/${b}/${c}/x`,
          '/upload',
          '/download',
          `/download/${a}`,
          `/download/${a}/${b}/${c}`,
        ])
          if (path.split('/')[1] !== 'upload' || path.split('/').length !== 5)
            if (path.split('/')[1] !== 'download' || path.split('/').length !== 4) expect(placeOf(path), path).toBeUndefined()
      }),
    )
  })
})

test('parts cover a content exactly, in parts of one size and a last one', () => {
  fc.assert(
    fc.property(fc.nat({ max: 70 * partBytes }), (bytes) => {
      const sizes = Array.from({ length: partsOf(bytes) }, (_, i) => bytesOfPart(bytes, i))
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes)
      expect(sizes.slice(0, -1).every((size) => size === partBytes)).toBe(true)
      expect(sizes.every((size) => size > 0)).toBe(true)
      for (const index of [-1, partsOf(bytes)]) expect(bytesOfPart(bytes, index)).toBe(0)
    }),
  )
})

test('a content fits only with the very size and digest of the plan (RL-12)', () => {
  const pinned = { bytes: 5, sha256: 'a'.repeat(64) }
  expect(contentRefusal(pinned, pinned)).toBeUndefined()
  expect(contentRefusal(pinned, { ...pinned, bytes: 6 })).toBe('transfer.too_large')
  expect(contentRefusal(pinned, { ...pinned, bytes: 4 })).toBe('transfer.digest_mismatch')
  expect(contentRefusal(pinned, { ...pinned, sha256: 'b'.repeat(64) })).toBe('transfer.digest_mismatch')
})

test('a transfer ends once; out of quarantine leads one way, and it is not to a target', () => {
  const acts: TransferAct[] = ['accept', 'deliver', 'refuse', 'quarantine', 'fail', 'purge']
  for (const state of transferStates)
    for (const act of acts.filter((one) => canTransfer(state, one))) {
      if (state === 'open') expect(act).not.toBe('purge')
      else expect([state, afterTransfer(act)]).toEqual(['quarantined', 'purged'])
    }
})

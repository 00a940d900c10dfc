import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Artifact,
  Artifacts,
  type DraftFacts,
  places,
  type ReleaseStatement,
  releaseRefusal,
  statementRefusal,
} from './release.model.ts'

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const artifact: fc.Arbitrary<Artifact> = fc.record({
  name: fc.constantFrom('portal.conf', 'portal.tar.gz', '门户.war'),
  size: fc.nat(),
  sm3: hex,
  sha256: hex,
})
const draft: fc.Arbitrary<DraftFacts> = fc.record({
  releaseId: fc.constant(id(1)),
  tenantId: fc.constant(id(2)),
  product: fc.constant('政务服务门户'),
  version: fc.constantFrom('2.4.0', '2.4.1-rc.1'),
  origin: fc.constant('华州云研发部流水线'),
  builderId: fc.option(fc.constant(id(3)), { nil: null }),
  artifacts: fc.uniqueArray(artifact, { minLength: 1, maxLength: 5, selector: (one) => one.sha256 }),
  issuerIsReleaseManager: fc.constant(true),
})
const says = ({ issuerIsReleaseManager: _, ...read }: DraftFacts): ReleaseStatement => ({
  ...read,
  v: 1,
  kind: 'release',
  artifacts: [...read.artifacts],
  issuedBy: { personId: id(4), name: '冯版' },
  issuedAt: '2026-11-25T12:00:00.000Z',
})

describe('what the signer signs', () => {
  test('is what it reads in the register, in whatever order, and nothing that differs anywhere', () => {
    fc.assert(
      fc.property(draft, (facts) => {
        const statement = says(facts)
        expect(statementRefusal(statement, facts)).toBeUndefined()
        expect(statementRefusal({ ...statement, artifacts: [...statement.artifacts].reverse() }, facts)).toBeUndefined()
        const [first, ...rest] = statement.artifacts
        const bent: Partial<ReleaseStatement>[] = [
          { tenantId: id(9) },
          { releaseId: id(9) },
          { product: '另一产品' },
          { version: '9.9.9' },
          { origin: '别处' },
          { builderId: id(9) },
          { artifacts: rest },
          { artifacts: [...statement.artifacts, { ...first!, sha256: 'f'.repeat(64), sm3: 'e'.repeat(64) }] },
          { artifacts: [{ ...first!, sm3: first!.sm3 === '0'.repeat(64) ? '1'.repeat(64) : '0'.repeat(64) }, ...rest] },
          { artifacts: [{ ...first!, size: first!.size + 1 }, ...rest] },
          { artifacts: [{ ...first!, name: '改名' }, ...rest] },
        ]
        for (const patch of bent)
          expect(statementRefusal({ ...statement, ...patch }, facts), JSON.stringify(patch)).toBe('release.statement_differs')
      }),
    )
  })
  test('is the word of a release manager who did not build it, and of a draft that is there', () => {
    fc.assert(
      fc.property(draft, (facts) => {
        const statement = says(facts)
        expect(statementRefusal(statement, undefined)).toBe('release.wrong_state')
        expect(statementRefusal(statement, { ...facts, issuerIsReleaseManager: false })).toBe('release.not_release_manager')
        const own = { ...facts, builderId: id(4) }
        expect(statementRefusal(says(own), own)).toBe('release.own_build')
      }),
    )
  })
  test('places its own artifacts in its own unit only', () => {
    fc.assert(
      fc.property(draft, hex, (facts, other) => {
        const statement = says(facts)
        for (const { sha256 } of statement.artifacts) {
          expect(places(statement, facts.tenantId, sha256)).toBe(true)
          expect(places(statement, id(9), sha256)).toBe(false)
        }
        expect(places(statement, facts.tenantId, other)).toBe(statement.artifacts.some((one) => one.sha256 === other))
      }),
    )
  })
})

test('a release goes one way: issued once, withdrawn once, never back', () => {
  const at = (state: 'draft' | 'issued' | 'withdrawn', builderId: string | null = null) => ({ state, builderId })
  expect(releaseRefusal('issue', at('draft'), id(4))).toBeUndefined()
  expect(releaseRefusal('issue', at('draft', id(4)), id(4))).toBe('release.own_build')
  expect(releaseRefusal('issue', at('draft', id(3)), id(4))).toBeUndefined()
  for (const state of ['issued', 'withdrawn'] as const)
    expect(releaseRefusal('issue', at(state), id(4))).toBe('release.wrong_state')
  expect(releaseRefusal('withdraw', at('draft'), id(4))).toBeUndefined()
  expect(releaseRefusal('withdraw', at('issued', id(4)), id(4)), 'who built it may always stop it').toBeUndefined()
  expect(releaseRefusal('withdraw', at('withdrawn'), id(4))).toBe('release.wrong_state')
})

test('the same bytes are not registered twice in one release', () => {
  const one = { name: 'a', size: 1, sm3: 'a'.repeat(64), sha256: 'b'.repeat(64) }
  expect(Artifacts.safeParse([one]).success).toBe(true)
  expect(Artifacts.safeParse([one, { ...one, name: 'b' }]).success).toBe(false)
  expect(Artifacts.safeParse([]).success).toBe(false)
})

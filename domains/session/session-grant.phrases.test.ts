import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import { grantPhrases } from '@huabiao/domains/session/session-grant.phrases'
import { expect, test } from 'vitest'

test('every refusal is worded in both languages with a next step', () => {
  expect(Object.keys(grantPhrases).sort()).toEqual(Object.keys(grantRefusals).sort())
})

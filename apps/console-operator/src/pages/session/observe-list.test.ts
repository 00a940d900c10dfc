import { readOnlyNames } from '@huabiao/domains/session/session-grant.model'
import { expect, test } from 'vitest'
import { observeGroups } from './observe-list.ts'

test('what is shown as allowed is what is allowed, all of it and nothing more', () => {
  const shown = Object.values(observeGroups).flatMap((group) => Object.keys(group))
  expect(shown.sort()).toEqual([...readOnlyNames].sort())
})

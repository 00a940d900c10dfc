import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentClasses, contentOf } from './notification-message.model.ts'
import { noticeTitles } from './notification-title.model.ts'

const kinds = fc.oneof(
  fc.constantFrom(...Object.keys(noticeTitles)),
  fc.string(),
  fc.constantFrom('change.__proto__', 'constructor'),
)
const params = fc.dictionary(
  fc.constantFrom('no', 'title', 'name', 'reason', 'role', '__proto__'),
  fc.oneof(fc.string(), fc.integer()),
)
const no = 'CHG-20261125-0007'

test('nothing that was typed leaves, on no channel, whatever it stands under (RL-22)', () => {
  const titles = new Set([...Object.values(noticeTitles), contentOf({ kind: 'none', params: {} }, 'number').title])
  fc.assert(
    fc.property(kinds, params, fc.constantFrom(...contentClasses), (kind, given, allowed) => {
      const content = contentOf({ kind, params: given }, allowed)
      expect(titles.has(content.title)).toBe(true)
      expect(content.number ?? no).toMatch(/^[A-Z]{2,4}-\d{8}-\d{4,6}$/)
    }),
    { numRuns: 2000 },
  )
})

test('a channel that may carry more carries no less, and never more than the kind allows', () => {
  const told = (kind: string) =>
    contentClasses.map((allowed) => contentOf({ kind, params: { no, title: '核心库扩容' } }, allowed))
  const [least, title, most] = told('change.approve')
  expect(least).toEqual({ title: { zh: '您有一条新通知', en: 'You have a new notification' }, number: null })
  expect(title).toEqual({ title: noticeTitles['change.approve'], number: null })
  expect(most).toEqual({ title: noticeTitles['change.approve'], number: no })
  // That somebody is accused, or lost a role, is personal data.
  for (const kind of ['violation.raised', 'permission.ended', 'change.not_a_kind'])
    expect(told(kind)).toEqual([least, least, least])
})

test('only a number is a number', () => {
  for (const given of ['CHG-20261125-0007 密码', 'root:secret', 'chg-20261125-0007', `${no}\nBcc: x`, 7])
    expect(contentOf({ kind: 'change.approve', params: { no: given } }, 'number').number).toBeNull()
})

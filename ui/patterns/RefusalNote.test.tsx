import { ProblemError } from '@huabiao/kit/http/client'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { type Language, LanguageProvider } from '../i18n/language.tsx'
import { ProblemNote, type RefusalBook, RefusalBookProvider, RefusalNote } from './RefusalNote.tsx'

const book: RefusalBook = {
  'change.same_person': {
    zh: '执行人与复核人不能是同一人。',
    en: 'Executor and reviewer cannot be one person.',
    nextZh: '另选复核人。',
    nextEn: 'Choose another reviewer.',
    rule: 'RL-06',
  },
  'template.parameter_invalid': {
    zh: '参数“{key}”不在模型声明的范围内。',
    en: 'The parameter “{key}” is outside what the model declares.',
    nextZh: '按“{key}”的说明填写。',
    nextEn: 'Fill in “{key}” as the model says.',
  },
}
const html = (language: Language, children: ReactNode): string =>
  renderToStaticMarkup(
    <LanguageProvider initial={language}>
      <RefusalBookProvider book={book}>{children}</RefusalBookProvider>
    </LanguageProvider>,
  )

test('a refusal says what was refused, its red line by name, and what to do next, in the reader’s language (RL-06)', () => {
  const zh = html('zh-CN', <RefusalNote code="change.same_person" />)
  for (const words of ['执行人与复核人不能是同一人。', '另选复核人。', 'RL-06', '无复核不变更', 'role="alert"'])
    expect(zh).toContain(words)
  const en = html('en', <RefusalNote code="change.same_person" />)
  for (const words of ['Executor and reviewer cannot be one person.', 'Choose another reviewer.', 'Two persons'])
    expect(en).toContain(words)
  expect(en).not.toMatch(/\p{Script=Han}/u)
})

test('a code without words is still shown with its code and the request’s number', () => {
  const problem = { type: 'about:blank', status: 409, code: 'cmdb.unheard_of', params: {}, requestId: 'req-17' }
  const note = html('en', <ProblemNote error={new ProblemError(problem)} />)
  for (const words of ['cmdb.unheard_of', 'req-17']) expect(note).toContain(words)
})

test('words say what they are about, as the server told it', () => {
  const problem = {
    type: 'about:blank',
    status: 422,
    code: 'template.parameter_invalid',
    params: { key: 'version' },
    requestId: '',
  }
  const zh = html('zh-CN', <ProblemNote error={new ProblemError(problem)} />)
  for (const words of ['参数“version”', '按“version”']) expect(zh).toContain(words)
  expect(html('en', <ProblemNote error={new ProblemError(problem)} />)).not.toContain('{key}')
})

test('the red line that the server names wins over the book', () => {
  const problem = { type: 'about:blank', status: 409, code: 'change.same_person', rule: 'RL-23', params: {}, requestId: '' }
  const note = html('zh-CN', <ProblemNote error={new ProblemError(problem)} />)
  expect(note).toContain('RL-23')
  expect(note).not.toContain('RL-06')
})

test('fields that were wrong are named; anything that is no answer is a failed request', () => {
  const problem = {
    type: 'about:blank',
    status: 400,
    code: 'request.invalid',
    params: { at: ['body.login: invalid_format'] },
    requestId: 'r',
  }
  expect(html('zh-CN', <ProblemNote error={new ProblemError(problem)} />)).toContain('body.login: invalid_format')
  expect(html('zh-CN', <ProblemNote error={new TypeError('boom')} />)).toContain('request.failed')
})

import { expect, test } from 'vitest'
import { exposition } from './exposition.ts'

test('a family is its help, its type and a line for each sample', () => {
  const samples = [
    { labels: { job: 'heads', why: 'a"b\\c\nd' }, value: 3 },
    { value: Number.POSITIVE_INFINITY },
    { value: Number.NaN },
  ]
  expect(exposition([{ name: 'huabiao_job_total', help: 'one\ntwo', type: 'counter', samples }])).toBe(
    '# HELP huabiao_job_total one\\ntwo\n# TYPE huabiao_job_total counter\nhuabiao_job_total{job="heads",why="a\\"b\\\\c\\nd"} 3\n' +
      'huabiao_job_total +Inf\nhuabiao_job_total NaN\n',
  )
})
test.each(['', '1a', 'a b', 'a\n', 'a{'])('%j is no name', (name) => {
  expect(() => exposition([{ name, help: '', type: 'gauge', samples: [] }])).toThrow(TypeError)
  const samples = [{ labels: { [name]: 'x' }, value: 1 }]
  expect(() => exposition([{ name: 'a', help: '', type: 'gauge', samples }])).toThrow(TypeError)
})

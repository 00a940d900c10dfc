import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jobMends } from './doctor.ts'
import { checkout } from './state.ts'

test('every scheduled job has its line: what is undone while it is late, and where to look', () => {
  const main = readFileSync(join(checkout, 'apps', 'control-plane', 'main.ts'), 'utf8')
  const jobs = [...main.matchAll(/^ {2}(?:timed|repeat)\('([\w ]+)', [\d_]+, (?:composed|levels)\./gm)].map(([, name]) => name!)
  expect(jobs.length).toBeGreaterThan(20)
  expect(Object.keys(jobMends).toSorted()).toEqual(jobs.toSorted())
})

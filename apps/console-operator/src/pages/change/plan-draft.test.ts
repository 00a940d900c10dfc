import { emptyPlan } from '@huabiao/domains/change/change-plan.model'
import { expect, test } from 'vitest'
import { adopted, assign, copyOfStep, newStep, split } from './plan-draft.ts'

const sizes = (batches: readonly { targetIds: readonly string[] }[]) => batches.map((batch) => batch.targetIds.join(''))

test('a target is in one batch or in none, and no batch stays empty', () => {
  let batches = assign([], 'a', 1)
  batches = assign(batches, 'b', 1)
  batches = assign(batches, 'c', 2)
  expect(sizes(batches)).toEqual(['ab', 'c'])
  batches = assign(batches, 'c', 1)
  expect(sizes(batches)).toEqual(['abc'])
  expect(sizes(assign(batches, 'b', 0))).toEqual(['ac'])
})

test('targets are split one by one, one first, or one and then in halves; every target once', () => {
  const ids = ['a', 'b', 'c', 'd', 'e']
  expect(sizes(split(ids, 'each'))).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(sizes(split(ids, 'first'))).toEqual(['a', 'bcde'])
  expect(sizes(split(ids, 'halves'))).toEqual(['a', 'bc', 'de'])
  expect(sizes(split(['a'], 'first'))).toEqual(['a'])
  expect(split([], 'each')).toEqual([])
})

test('a copied step has a key of its own; an adopted plan keeps only targets that are reached here', () => {
  const step = newStep(emptyPlan, 'execute', 'app')
  const plan = { ...emptyPlan, steps: [step], batches: split(['a', 'b'], 'each') }
  const copy = copyOfStep(plan, step)
  expect(copy.key).not.toBe(step.key)
  expect(copyOfStep({ ...plan, steps: [step, copy] }, step).key).not.toBe(copy.key)
  expect(sizes(adopted(plan, ['b']).batches)).toEqual(['b'])
  expect(adopted(plan, ['b']).steps).toEqual([step])
})

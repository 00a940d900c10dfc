import type { ChangePlan, StepAction } from '@huabiao/domains/change/change-plan.model'

export interface Side {
  plan: ChangePlan
  windowStart: string | null
  windowEnd: string | null
  executor: string | null
  reviewer: string | null
}
export interface DiffLine {
  kind: 'same' | 'gone' | 'added'
  text: string
}
const action = (of: StepAction): string[] =>
  of.kind === 'command'
    ? [of.line]
    : [of.kind === 'script' ? of.interpreter : `${of.path} ${of.mode}`, ...of.text.split('\n').map((line) => `  ${line}`)]

/** A plan as lines, in the order in which it is read; everything the hash is bound to is here. */
function lines({ plan, windowStart, windowEnd, executor, reviewer }: Side): string[] {
  return [
    `window ${windowStart ?? '—'} … ${windowEnd ?? '—'}`,
    `executor ${executor ?? '—'} · reviewer ${reviewer ?? '—'}`,
    `impact ${plan.impact}`,
    `emergency ${plan.emergencyPlan}`,
    `automatic rollback ${plan.autoRollback ? 'yes' : 'no'}`,
    ...plan.steps.flatMap((step) => [
      `step ${step.key} · ${step.phase} · ${step.title} · ${step.account} · danger ${step.danger} · ${step.timeoutSeconds} s · ${step.repeat}`,
      ...action(step.action).map((line) => `  $ ${line}`),
      `  expect ${JSON.stringify(step.expect)}`,
      ...(step.rollback?.kind === 'action'
        ? action(step.rollback.action).map((line) => `  ↩ ${line}`)
        : step.rollback
          ? [`  ↩ ${step.rollback.reason}`]
          : []),
    ]),
    ...plan.batches.map((batch, i) => `batch ${i + 1} · ${batch.targetIds.join(' ')} · soak ${batch.soakSeconds} s`),
    ...(plan.health
      ? [`health ${plan.health.account} · ${action(plan.health.action).join(' ')} · ${JSON.stringify(plan.health.expect)}`]
      : []),
  ]
}

/** Line by line, by the longest common subsequence; bounded, since a plan has at most a few thousand lines. */
export function planDiff(before: Side, after: Side): DiffLine[] {
  const a = lines(before).slice(0, 1500)
  const b = lines(after).slice(0, 1500)
  const width = b.length + 1
  const table = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      table[i * width + j] =
        a[i] === b[j] ? table[(i + 1) * width + j + 1]! + 1 : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!)
  const found: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push({ kind: 'same', text: a[i]! })
      i += 1
      j += 1
    } else if (j >= b.length || (i < a.length && table[(i + 1) * width + j]! >= table[i * width + j + 1]!))
      found.push({ kind: 'gone', text: a[i++]! })
    else found.push({ kind: 'added', text: b[j++]! })
  }
  return found.every((line) => line.kind === 'same') ? [] : found
}

import type { ChangePlan, Expectation, StepAction } from '@huabiao/domains/change/change-plan.model'

/** A plan with what its hash is bound to besides. */
export interface Side {
  plan: ChangePlan
  windowStart: string | null
  windowEnd: string | null
  executor: string | null
  reviewer: string | null
}
/** How values are written; the words are the reader's. */
export interface Saying {
  expect(expect: Expectation): string[]
  moment(at: string | null): string
  target(id: string): string
  value(field: 'phase' | 'repeat' | 'autoRollback', value: string): string
}
export interface DiffLine {
  kind: 'same' | 'gone' | 'added'
  text: string
}
export type Field =
  | 'time'
  | 'executor'
  | 'reviewer'
  | 'text'
  | 'title'
  | 'phase'
  | 'account'
  | 'danger'
  | 'timeout'
  | 'repeat'
  | 'action'
  | 'expect'
  | 'rollback'
  | 'targets'
  | 'soak'
export interface DiffPart {
  /** `step deploy`, `batch 2`, `window`: the same in both plans. */
  key: string
  of: 'window' | 'people' | 'impact' | 'emergency' | 'step' | 'batch' | 'health'
  name: string
  kind: 'same' | 'gone' | 'added' | 'changed' | 'moved'
  fields: { field: Field; lines: DiffLine[] }[]
}

type Part = Pick<DiffPart, 'key' | 'of' | 'name'> & { fields: Partial<Record<Field, string[]>> }

const actionLines = (of: StepAction): string[] =>
  of.kind === 'command'
    ? [of.line]
    : of.kind === 'interactive'
      ? [`⌨ ${of.purpose}`]
      : of.kind === 'artifact'
        ? [`${of.path} ${of.mode} ${of.sha256} ${of.bytes} B`]
        : [
            of.kind === 'script' ? `#!${of.interpreter}` : `${of.path} ${of.mode} ${of.sha256.slice(0, 12)}…`,
            ...of.text.split('\n'),
          ]

/** A plan in parts, in the order in which it is read; everything the hash is bound to is in one of them. */
function partsOf({ plan, windowStart, windowEnd, executor, reviewer }: Side, say: Saying): Part[] {
  return [
    { key: 'window', of: 'window', name: '', fields: { time: [`${say.moment(windowStart)} – ${say.moment(windowEnd)}`] } },
    { key: 'people', of: 'people', name: '', fields: { executor: [executor ?? '—'], reviewer: [reviewer ?? '—'] } },
    { key: 'impact', of: 'impact', name: '', fields: { text: plan.impact.split('\n') } },
    {
      key: 'emergency',
      of: 'emergency',
      name: '',
      fields: { text: plan.emergencyPlan.split('\n'), rollback: plan.autoRollback ? [say.value('autoRollback', 'yes')] : [] },
    },
    ...plan.batches.map(
      (batch, i): Part => ({
        key: `batch ${i + 1}`,
        of: 'batch',
        name: String(i + 1),
        fields: { targets: batch.targetIds.map(say.target), soak: [`${batch.soakSeconds} s`] },
      }),
    ),
    ...plan.steps.map(
      (step): Part => ({
        key: `step ${step.key}`,
        of: 'step',
        name: step.title || step.key,
        fields: {
          title: [step.title],
          phase: [say.value('phase', step.phase)],
          account: [step.account],
          danger: [String(step.danger)],
          action: actionLines(step.action),
          expect: say.expect(step.expect),
          rollback:
            step.rollback?.kind === 'action'
              ? [...actionLines(step.rollback.action), ...say.expect(step.rollback.expect)]
              : step.rollback
                ? [step.rollback.reason]
                : [],
          timeout: [`${step.timeoutSeconds} s`],
          repeat: [say.value('repeat', step.repeat)],
        },
      }),
    ),
    ...(plan.health
      ? [
          {
            key: 'health',
            of: 'health',
            name: '',
            fields: {
              account: [plan.health.account],
              action: actionLines(plan.health.action),
              expect: say.expect(plan.health.expect),
              timeout: [`${plan.health.timeoutSeconds} s`],
            },
          } satisfies Part,
        ]
      : []),
  ]
}

/** More lines than this are shown as replaced whole: the table of the comparison stays small. */
const most = 1500
/** Line by line, by the longest common subsequence. */
export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  const a = before.slice(0, most)
  const b = after.slice(0, most)
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
  return found
}

function comparePart(before: Part | undefined, after: Part | undefined, movedHere: boolean): DiffPart {
  const { key, of, name } = (after ?? before)!
  const names = Object.keys({ ...before?.fields, ...after?.fields }) as Field[]
  const fields = names
    .map((field) => ({ field, lines: lineDiff(before?.fields[field] ?? [], after?.fields[field] ?? []) }))
    .filter(({ lines }) => lines.some((line) => line.kind !== 'same'))
  const kind = !before ? 'added' : !after ? 'gone' : fields.length > 0 ? 'changed' : movedHere ? 'moved' : 'same'
  return { key, of, name, kind, fields }
}

/** Part by part, in the order of the plan as it is now, with what is gone at the place it had. */
export function planDiff(before: Side, after: Side, say: Saying): DiffPart[] {
  const old = new Map(partsOf(before, say).map((part) => [part.key, part]))
  const now = new Map(partsOf(after, say).map((part) => [part.key, part]))
  return lineDiff([...old.keys()], [...now.keys()]).flatMap(({ kind, text: key }) => {
    // A key that is gone here and added elsewhere has moved; it is told where it is now.
    if (kind === 'gone' && now.has(key)) return []
    return [comparePart(old.get(key), now.get(key), kind === 'added')]
  })
}

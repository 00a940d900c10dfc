import type { Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { Digest, Name, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** A plan (变更方案) is data, not prose: what runs, where, as whom, what must come of it, and how it is undone. */

const StepKey = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/)
const Line = z
  .string()
  .trim()
  .min(1)
  .max(2000)
  .regex(/^[^\p{Cc}]*$/u)
const FilePath = z
  .string()
  .regex(/^\/[A-Za-z0-9._/-]{1,200}$/)
  .refine((path) => !path.split('/').includes('..'))

/** The largest artifact: the gateway holds it whole while a grant of two minutes lives. */
export const artifactMaxBytes = 64 * 1024 * 1024

/**
 * What the platform runs. A command is one line for the target's shell; a script is sent on standard input; a file is placed with its digest.
 * An artifact (制品) is a file whose content is too large or not text: the plan pins digest and size, the content comes in by upload.
 * An interactive step (交互步骤) is a raw terminal for the executor, for as long as the step may take: what cannot be said as a command.
 */
export const StepAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), line: Line }).strict(),
  z
    .object({ kind: z.literal('script'), interpreter: z.enum(['sh', 'bash', 'python3']), text: z.string().min(1).max(60_000) })
    .strict(),
  z
    .object({
      kind: z.literal('file'),
      path: FilePath,
      mode: z.enum(['0600', '0640', '0644', '0750', '0755']),
      sha256: Digest,
      text: z.string().max(60_000),
    })
    .strict(),
  z
    .object({
      kind: z.literal('artifact'),
      path: FilePath,
      mode: z.enum(['0600', '0640', '0644', '0750', '0755']),
      sha256: Digest,
      bytes: z.number().int().min(0).max(artifactMaxBytes),
    })
    .strict(),
  z.object({ kind: z.literal('interactive'), purpose: Line.max(500) }).strict(),
])
export type StepAction = z.infer<typeof StepAction>

/** Checks over the result. No regular expressions: a predicate from a person must always end (NT-E07), and be read by an approver. */
/** Beyond it a double no longer tells neighbouring integers apart. */
const Quantity = z.number().min(-1e15).max(1e15)
export const Check = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('contains'), text: z.string().min(1).max(500) }).strict(),
  z.object({ kind: z.literal('absent'), text: z.string().min(1).max(500) }).strict(),
  z.object({ kind: z.literal('line'), text: z.string().min(1).max(500) }).strict(),
  z
    .object({ kind: z.literal('number'), after: z.string().max(200), min: Quantity.nullable(), max: Quantity.nullable() })
    .strict(),
])
export type Check = z.infer<typeof Check>
export const Expectation = z
  .object({ exitCodes: z.array(z.number().int().min(0).max(255)).min(1).max(10), checks: z.array(Check).max(20) })
  .strict()
export type Expectation = z.infer<typeof Expectation>

export const Rollback = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('action'), action: StepAction, expect: Expectation }).strict(),
  z.object({ kind: z.literal('none'), reason: z.string().trim().min(1).max(500) }).strict(),
])

export const stepPhases = ['precheck', 'execute', 'verify'] as const
export const PlanStep = z
  .object({
    key: StepKey,
    title: Name,
    phase: z.enum(stepPhases),
    account: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
    /** 1 reads only … 3 needs the reviewer's co-signature … 5 cannot be undone. */
    danger: z.number().int().min(1).max(5),
    action: StepAction,
    expect: Expectation,
    rollback: Rollback.nullable(),
    timeoutSeconds: z.number().int().min(1).max(3600),
    /** onceOnly is never repeated after an unknown outcome (itsm §4.4). */
    repeat: z.enum(['idempotent', 'checkFirst', 'onceOnly']),
  })
  .strict()
export type PlanStep = z.infer<typeof PlanStep>

export const GreyBatch = z
  .object({
    targetIds: z.array(Uuid).min(1).max(200),
    soakSeconds: z
      .number()
      .int()
      .min(0)
      .max(7 * 86_400),
  })
  .strict()

export const ChangePlan = z
  .object({
    impact: z.string().trim().max(4000),
    emergencyPlan: z.string().trim().max(4000),
    steps: z.array(PlanStep).max(100),
    batches: z.array(GreyBatch).max(50),
    /** Asked on every target of a batch when its soak is over; worse than expected pauses the change (G-EXPECT). */
    health: z
      .object({
        account: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
        action: StepAction,
        expect: Expectation,
        timeoutSeconds: z.number().int().min(1).max(600),
      })
      .strict()
      .nullable(),
    /**
     * A pause that nobody decides within its quarter of an hour is rolled back by the platform (itsm §2.1, rows 22 and 24). Absent is no:
     * a plan from before this was asked keeps its text, and so its hash.
     */
    autoRollback: z.boolean().optional(),
  })
  .strict()
export type ChangePlan = z.infer<typeof ChangePlan>

export const emptyPlan: ChangePlan = { impact: '', emergencyPlan: '', steps: [], batches: [], health: null, autoRollback: false }

/** Everything an approval is bound to: the plan, where and when it runs, and who runs and reviews it. */
export interface BoundPlan {
  readonly changeNo: string
  readonly plan: ChangePlan
  readonly targets: readonly {
    readonly id: string
    readonly name: string
    readonly host: string
    readonly port: number
    readonly hostKeySha256: string
  }[]
  readonly windowStart: string
  readonly windowEnd: string
  readonly executorId: string
  readonly reviewerId: string
  readonly categories: readonly number[]
  readonly systemIds: readonly string[]
}

/** The bytes whose digest is the plan hash (方案摘要). One byte more or less anywhere is another plan (NT-B07). */
export const boundPlanText = (bound: BoundPlan): string => `huabiao/change-plan/v1\n${canonicalJson(bound)}`

/** The bytes whose SHA-256 is a step's command digest, pinned in the execution grant. */
export const actionText = (action: StepAction): string => `huabiao/step-action/v1\n${canonicalJson(action)}`

/** A file that a plan places, and where in the plan. */
export interface PlacedFile {
  readonly stepKey: string
  readonly phase: (typeof stepPhases)[number] | 'rollback' | 'health'
  readonly path: string
  readonly sha256: string
}
export function placedFiles(plan: ChangePlan): PlacedFile[] {
  const of = (stepKey: string, phase: PlacedFile['phase'], action: StepAction | undefined): PlacedFile[] =>
    action?.kind === 'file' || action?.kind === 'artifact' ? [{ stepKey, phase, path: action.path, sha256: action.sha256 }] : []
  return [
    ...plan.steps.flatMap((step) => [
      ...of(step.key, step.phase, step.action),
      ...of(step.key, 'rollback', step.rollback?.kind === 'action' ? step.rollback.action : undefined),
    ]),
    ...of('health', 'health', plan.health?.action),
  ]
}

/** One artifact of a plan, by the place in the plan that needs it: a step, its way back, or the question of health. */
export interface ContentSlot {
  readonly slot: string
  readonly stepKey: string
  readonly path: string
  /** Last part of the path: what the file is called on the target. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}
/** Everything that must have come in by upload before the plan can run as a whole. */
export function contentSlots(plan: ChangePlan): ContentSlot[] {
  const slots: ContentSlot[] = []
  const add = (slot: string, stepKey: string, action: StepAction | undefined): void => {
    if (action?.kind !== 'artifact') return
    const { path, bytes, sha256 } = action
    slots.push({ slot, stepKey, path, name: path.slice(path.lastIndexOf('/') + 1), bytes, sha256 })
  }
  for (const step of plan.steps) {
    add(step.key, step.key, step.action)
    if (step.rollback?.kind === 'action') add(`${step.key}.rollback`, step.key, step.rollback.action)
  }
  add('health.check', 'health', plan.health?.action)
  return slots
}

export const targetIdsOf = (plan: ChangePlan): string[] => plan.batches.flatMap((batch) => batch.targetIds)
/** Targets of the systems the change is about, operated in its plane by the unit whose change it is: a plan reaches nothing else. */
export const targetsWithin = <T extends { readonly tenantId: string; readonly plane: Plane; readonly systemId: string }>(
  change: { readonly tenantId: string; readonly plane: Plane; readonly systemIds: readonly string[] },
  targets: readonly T[],
): T[] =>
  targets.filter(
    (target) =>
      target.tenantId === change.tenantId && target.plane === change.plane && change.systemIds.includes(target.systemId),
  )

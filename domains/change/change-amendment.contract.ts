import { Count, Instant, Label, Prose, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { changeStates } from './change.model.ts'
import { amendmentStates } from './change-amendment.model.ts'

/** What a change that is urgent, or was changed half way, shows beside every other: amendments, who bears the risk, what is owed. */

const Person = z.object({ id: Uuid, name: Label })
const Keys = z.array(Label).max(100)
export const AmendmentView = z.object({
  id: Uuid,
  seq: Count,
  state: z.enum(amendmentStates),
  reason: Prose,
  declaredBy: Person,
  declaredAt: Instant,
  fromHash: Label,
  fromVersion: Count,
  toHash: Label.nullable(),
  toVersion: Count.nullable(),
  pausedFrom: z.enum(changeStates),
  pauseReason: Label,
  diff: z.object({ added: Keys, changed: Keys, removed: Keys, parts: z.array(Label).max(10) }).nullable(),
  submittedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
})
export type AmendmentView = z.infer<typeof AmendmentView>
/** How targets differ before and after (G-CIV); of a target without a difference there is nothing to say. */
export const itemReview = {
  items: z
    .array(
      z.object({
        target: Person,
        differences: z
          .array(
            z.object({
              key: Label,
              before: Label.nullable(),
              after: Label.nullable(),
              declared: z.boolean(),
              explanation: z.object({ person: Person, note: Prose, at: Instant }).nullable(),
            }),
          )
          .max(200),
      }),
    )
    .max(500),
}
export const shortPath = {
  /** The present plan is that of an urgent change, or of an amendment. */
  expedited: z.boolean(),
  amendments: z.array(AmendmentView).max(50),
  riskAcceptances: z
    .array(z.object({ planHash: Label, part: z.enum(['technical-manager', 'cre']), person: Person, note: Prose, at: Instant }))
    .max(100),
  testDebts: z
    .array(
      z.object({
        planHash: Label,
        openedAt: Instant,
        dueAt: Instant,
        settledAt: Instant.nullable(),
        settledBy: z.enum(['test', 'void']).nullable(),
      }),
    )
    .max(100),
}

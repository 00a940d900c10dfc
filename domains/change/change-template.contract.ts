import { Count, Instant, Label, PhraseParams, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** The published model in whose word a standard change goes, and whether that word holds now. */
export const AuthorityView = z.object({
  templateId: Uuid,
  no: Label,
  name: Label,
  version: Count,
  parameters: PhraseParams,
  publishedBy: Label.nullable(),
  publishedAt: Instant.nullable(),
  reviewedBy: Label.nullable(),
  reviewedAt: Instant.nullable(),
  holds: z.boolean(),
  /** Why it does not, by name. */
  reasons: z.array(Label).max(20),
})
export type AuthorityView = z.infer<typeof AuthorityView>

import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Evidence (证据): objects named by their content. The same bytes are stored once; no name can ever point at other bytes. */
export const evidenceClasses = ['recording', 'document', 'test', 'dossier'] as const
export type EvidenceClass = (typeof evidenceClasses)[number]

/** Days a class is kept at least; configuration may lengthen, never shorten (RL-36, S3-A.8-05: six months). */
export const retentionFloorDays: Readonly<Record<EvidenceClass, number>> = {
  recording: 180,
  document: 365,
  test: 365,
  dossier: 3650,
}

export const evidenceRefusals = {
  'evidence.not_found': { status: 404 },
  'evidence.digest_mismatch': { status: 422, rule: 'RL-36' },
  'evidence.too_large': { status: 413 },
} as const satisfies RefusalTable
export type EvidenceRefusal = keyof typeof evidenceRefusals

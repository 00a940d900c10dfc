import type { DocumentaryState } from '@huabiao/domains/documentary/documentary.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const toneOfDocumentary: Readonly<Record<DocumentaryState, Tone>> = {
  drafted: 'neutral',
  legal_reviewed: 'info',
  provider_signed: 'wait',
  mu_reviewing: 'wait',
  mu_approved: 'good',
  mu_rejected: 'bad',
  effective: 'good',
  evidence_filed: 'good',
  closed: 'side',
}

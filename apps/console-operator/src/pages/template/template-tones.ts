import type { TemplateState } from '@huabiao/domains/template/template-standing.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const toneOfTemplate: Readonly<Record<TemplateState, Tone>> = {
  draft: 'neutral',
  testing: 'wait',
  reviewing: 'wait',
  published: 'good',
  superseded: 'side',
  rejected: 'bad',
  retired: 'side',
}

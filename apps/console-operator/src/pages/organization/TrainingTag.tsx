import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { organizationWords } from './organization-words.ts'

/** Whether a person may execute changes (RL-24), and until when. */
export function TrainingTag({ person }: { person: Pick<PersonView, 'trained' | 'trainingValidUntil'> }) {
  const w = useWords(organizationWords)
  if (!person.trainingValidUntil) return <StatusTag tone="neutral">{w.untrained}</StatusTag>
  if (person.trained) return <StatusTag tone="good">{w.trainedUntil(person.trainingValidUntil)}</StatusTag>
  return <StatusTag tone="bad">{w.expired(person.trainingValidUntil)}</StatusTag>
}

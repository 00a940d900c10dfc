import type { StandingView } from '@huabiao/domains/template/template.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import type { z } from 'zod'
import { templateWords } from './template-words.ts'

type Standing = z.infer<typeof StandingView>
export function StandingTag({ standing }: { standing: Standing }) {
  const w = useWords(templateWords)
  const hint = useFormat().clauses(standing.reasons.map((reason) => w.reasons[reason] ?? reason))
  return (
    <StatusTag tone={standing.good ? 'good' : 'bad'} {...(hint ? { hint } : {})}>
      {standing.good ? w.good : w.lost}
    </StatusTag>
  )
}

/** Why the model may stand in for approvals, or every reason why not. */
export function StandingCard({ standing }: { standing: Standing }) {
  const w = useWords(templateWords)
  const format = useFormat()
  return (
    <Card title={w.standing} extra={<StandingTag standing={standing} />}>
      <ul className="stack gap-6">
        {standing.reasons.map((reason) => (
          <li key={reason} className="row gap-8">
            <StatusTag tone="bad">{w.reasons[reason] ?? reason}</StatusTag>
          </li>
        ))}
        <li>{w.uses(standing.uses, standing.failures)}</li>
        <li className="muted">
          {standing.reviewDueAt ? `${w.reviewDue} ${format.dateTime(standing.reviewDueAt)}` : w.neverReviewed}
        </li>
      </ul>
    </Card>
  )
}

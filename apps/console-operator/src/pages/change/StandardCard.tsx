import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { templateWords } from '../template/template-words.ts'

/** In whose word a standard change goes, instead of approvals of its own. */
export function StandardCard({ change }: { change: ChangeDetail }) {
  const w = useWords(templateWords)
  const format = useFormat()
  const { standard } = change
  if (!standard) return null
  const act = (who: string | null, at: string | null): string => (at ? `${who ?? ''} ${format.dateTime(at)}` : '—')
  return (
    <Card
      title={w.standsIn}
      extra={<StatusTag tone={standard.holds ? 'good' : 'bad'}>{standard.holds ? w.holds : w.lapsed}</StatusTag>}
    >
      <div className="stack gap-8">
        <p className="muted small">{w.standsInText}</p>
        <Facts
          items={[
            {
              label: w.title,
              value: (
                <Link to={paths.template(standard.templateId)}>
                  {standard.no} v{standard.version} · {standard.name}
                </Link>
              ),
            },
            {
              label: w.parameters,
              value:
                format.list(Object.entries(standard.parameters).map(([key, value]) => `${key} = ${value}`)) || w.noParameters,
            },
            { label: w.reviewedBy, value: act(standard.reviewedBy, standard.reviewedAt) },
            { label: w.publishedBy, value: act(standard.publishedBy, standard.publishedAt) },
          ]}
        />
        {standard.reasons.map((reason) => (
          <StatusTag key={reason} tone="bad">
            {w.reasons[reason] ?? reason}
          </StatusTag>
        ))}
      </div>
    </Card>
  )
}

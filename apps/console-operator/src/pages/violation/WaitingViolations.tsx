import { listViolations } from '@huabiao/domains/violation/violation.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { ViolationDue } from './ViolationDue.tsx'
import { severityTones, todoOf } from './violation-tones.ts'
import { violationWords } from './violation-words.ts'

const most = 5
/** In "My work": cases where the reader can do something, with their number; nothing where there are none. */
export function WaitingViolations() {
  const w = useWords(violationWords)
  const { data } = useApi(listViolations, { query: { show: 'act', limit: 100 } }, { everyMs: 10_000 })
  const items = data?.items ?? []
  if (items.length === 0) return null
  return (
    <Card
      title={w.waiting}
      flush
      extra={
        <>
          <span className="count">{items.length}</span>
          <LinkButton to={`${paths.violations}?show=act`} size="small">
            {w.shows.all}
          </LinkButton>
        </>
      }
    >
      <ul>
        {items.slice(0, most).map((one) => {
          const todo = todoOf(one)
          return (
            <li key={one.id}>
              <Link to={paths.violation(one.id)} className="work-line">
                <span className="work-act">{todo ? w.todo[todo] : ''}</span>
                <span className="stack grow">
                  <b className="clip">
                    {w.entries[one.entry]} · {one.person?.name ?? one.detail.target ?? w.unknown}
                  </b>
                  <span className="muted small clip">
                    {one.no} · {one.changeNo ?? one.unitName}
                  </span>
                </span>
                <StatusTag tone={severityTones[one.severity]}>{w.severities[one.severity]}</StatusTag>
                <ViolationDue of={one} />
              </Link>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}

import { listEmergencies } from '@huabiao/domains/emergency/emergency.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { EmergencyClock } from './EmergencyClock.tsx'
import { todoOf } from './emergency-tones.ts'
import { emergencyWords } from './emergency-words.ts'

/** In "My work", above everything: emergencies that wait for the reader; nothing where there are none. */
export function WaitingEmergencies() {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const { data } = useApi(listEmergencies, { query: { show: 'act', limit: 20 } }, { everyMs: 5_000 })
  const items = data?.items ?? []
  if (items.length === 0) return null
  return (
    <Card
      title={w.waiting}
      flush
      className="at-risk"
      extra={
        <>
          <span className="count">{items.length}</span>
          <LinkButton to={`${paths.emergencies}?show=act`} size="small">
            {w.shows.all}
          </LinkButton>
        </>
      }
    >
      <ul>
        {items.map((one) => {
          const todo = todoOf(one)
          return (
            <li key={one.id}>
              <Link to={paths.emergency(one.id)} className="work-line">
                <span className="work-act">{todo ? w.waits[todo] : ''}</span>
                <span className="stack grow">
                  <b className="clip">{one.title}</b>
                  <span className="muted small clip">
                    {one.no} · {one.incidentLevel} {one.incidentNo} · {format.list(one.targetNames)}
                  </span>
                </span>
                <EmergencyClock of={one} />
              </Link>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}

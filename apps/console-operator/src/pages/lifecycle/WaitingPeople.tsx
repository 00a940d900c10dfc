import { type DepartureItem, listDepartures } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { listCampaigns } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { reviewWords } from './review-words.ts'

const most = 5
type Todo = 'take' | 'confirm' | 'handOver'
function todoOf(of: DepartureItem, me: { id: string; manages: boolean }): Todo | undefined {
  if (of.offeredToMe) return 'take'
  if (of.state === 'proposed') return me.manages ? 'confirm' : undefined
  return of.person.id === me.id ? 'handOver' : undefined
}

/** In "My work": what is offered to the reader, roles that wait for their word, and their own leave; nothing where there is none. */
export function WaitingPeople() {
  const w = useWords(lifecycleWords)
  const r = useWords(reviewWords)
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  const departures = useApi(listDepartures, { query: { limit: 100 } }, { everyMs: 30_000 })
  const campaigns = useApi(listCampaigns, { query: { limit: 20 } }, { everyMs: 30_000 })
  const who = { id: me.person.id, manages: can('lifecycle:manage') }
  const lines = [
    ...(departures.data?.items ?? []).flatMap((of) => {
      const todo = todoOf(of, who)
      const about = `${of.person.name} · ${w.kinds[of.kind]}`
      return todo
        ? [{ key: of.id, to: paths.departure(of.id), act: w.workActs[todo], about, until: `${w.lastDay} ${of.lastDay}` }]
        : []
    }),
    ...(campaigns.data?.items ?? [])
      .filter((of) => of.mine > 0 && of.closedAt === null)
      .map((of) => ({
        key: of.id,
        to: paths.recertification(of.id),
        act: w.workActs.review,
        about: `${of.name} · ${r.mine(of.mine)}`,
        until: `${r.due} ${format.dateTime(of.dueAt)}`,
      })),
  ]
  if (lines.length === 0) return null
  return (
    <Card
      title={w.work}
      flush
      extra={
        <>
          <span className="count">{lines.length}</span>
          {lines.slice(most).some((one) => one.act === w.workActs.review) ? (
            <LinkButton to={paths.recertifications} size="small">
              {w.tabs.reviews}
            </LinkButton>
          ) : null}
          <LinkButton to={paths.people} size="small">
            {w.all}
          </LinkButton>
        </>
      }
    >
      <ul>
        {lines.slice(0, most).map((one) => (
          <li key={one.key}>
            <Link to={one.to} className="work-line">
              <span className="work-act">{one.act}</span>
              <b className="clip grow">{one.about}</b>
              <span className="muted small nowrap">{one.until}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

import './violation.css'
import { getViolation, type ViolationDetail } from '@huabiao/domains/violation/violation.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RedLineChip, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { Link, useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { actWords } from '../ledger/act-words.ts'
import { ledgerWords } from '../ledger/ledger-words.ts'
import { ActCard } from './ActCard.tsx'
import { Handling } from './Handling.tsx'
import { ViolationDue } from './ViolationDue.tsx'
import { closedAs, severityTones, toneOfViolation } from './violation-tones.ts'
import { violationWords } from './violation-words.ts'

/** One case: what happened and what proves it, what became of it, and what the reader may do. */
export function Page() {
  const w = useWords(violationWords)
  const { violationId = '' } = useParams()
  const { data, error } = useApi(getViolation, { params: { violationId } }, { everyMs: 5_000 })
  if (data) return <Violation of={data} />
  return (
    <ResourcePage title={w.title} crumbs={[{ to: paths.violations, label: w.title }]}>
      {codeOf(error) === 'violation.not_found' ? (
        <EmptyState title={w.notFound} icon="search" />
      ) : error ? (
        <ProblemNote error={error} />
      ) : (
        <Skeleton lines={8} height={20} />
      )}
    </ResourcePage>
  )
}

function Violation({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const format = useFormat()
  return (
    <ResourcePage
      crumbs={[{ to: paths.violations, label: w.title }]}
      here={of.no}
      title={`${w.entries[of.entry]} · ${of.person?.name ?? of.detail.target ?? w.unknown}`}
      badges={
        <>
          <StateBadge tone={toneOfViolation(of.state)}>
            {of.state === 'closed' ? `${w.states.closed} · ${closedAs(of, w)}` : w.states[of.state]}
          </StateBadge>
          <StatusTag tone={severityTones[of.severity]}>{w.severities[of.severity]}</StatusTag>
        </>
      }
      meta={
        <>
          <span className="mono">{of.entry}</span>
          <span>{w.what[of.entry]}</span>
          <span>{of.unitName}</span>
          <span>
            {w.raised} {format.dateTime(of.raisedAt)}
          </span>
          {of.deadline ? (
            <span>
              {w.deadlines[of.deadline.name]} <ViolationDue of={of} />
            </span>
          ) : null}
        </>
      }
    >
      <div className="page-split">
        <div className="stack gap-16">
          <ActCard of={of} />
          <Happened of={of} />
          <Evidence of={of} />
        </div>
        <Card title={w.handling}>
          <Handling of={of} />
        </Card>
      </div>
    </ResourcePage>
  )
}

function Happened({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const format = useFormat()
  // In the order of the words: what was done, where, and by which way.
  const details = Object.keys(w.details).flatMap((name) =>
    of.detail[name] === undefined ? [] : [[name, of.detail[name]] as const],
  )
  return (
    <Card title={w.happened}>
      <div className="stack gap-12">
        <Facts
          columns={2}
          items={[
            { label: w.person, value: of.person ? `${of.person.name} · ${of.unitName}` : `${w.unknown} · ${of.unitName}` },
            {
              label: w.rules,
              value: (
                <span className="row gap-6 wrap-row">
                  {of.rules.map((rule) => (
                    <RedLineChip key={rule} rule={rule} quiet={rule !== of.rule} />
                  ))}
                </span>
              ),
            },
            {
              label: w.severity,
              value: (
                <>
                  {w.severities[of.severity]} · {w.intents[of.intent]}{' '}
                  <span className="muted small">{w.intentHints[of.intent]}</span>
                </>
              ),
            },
            {
              label: w.count,
              value: (
                <>
                  {w.times(of.count)}
                  {of.count > 1 ? (
                    <span className="muted"> · {format.nearSpan(of.firstAt, of.lastAt)}</span>
                  ) : (
                    <span className="muted"> · {format.seconds(of.lastAt)}</span>
                  )}
                </>
              ),
            },
            ...(of.changeId
              ? [{ label: w.change, value: <Link to={paths.change(of.changeId)}>{of.changeNo}</Link> }]
              : of.sessionId || of.detail.target
                ? []
                : [{ label: w.about, value: <About object={of.object} no={String(of.detail.no ?? '')} /> }]),
            ...(of.sessionId
              ? [
                  {
                    label: w.session,
                    value: <Link to={`${paths.session(of.sessionId)}?at=${encodeURIComponent(of.lastAt)}`}>{w.watch}</Link>,
                  },
                ]
              : []),
            ...details.map(([name, value]) => ({
              label: w.details[name] ?? name,
              value: <span className="wrap">{w.values[String(value)] ?? String(value)}</span>,
            })),
          ]}
        />
        {of.code ? (
          <div className="stack gap-4">
            <span className="muted small">{w.refusal}</span>
            <RefusalHint code={of.code} />
          </div>
        ) : null}
      </div>
    </Card>
  )
}

/** What it is about: an emergency by its number, anything else as the ledger names it. */
function About({ object, no }: { object: string; no: string }) {
  const [kind, id] = object.split('/')
  if (kind === 'emergency' && id) return <Link to={paths.emergency(id)}>{no || object}</Link>
  return <code className="wrap">{object}</code>
}

function Evidence({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const acts = useWords(actWords)
  const l = useWords(ledgerWords)
  const can = useCan()
  const format = useFormat()
  return (
    <Card title={w.evidence} flush extra={<span className="count">{of.evidence.length}</span>}>
      {of.evidence.length === 0 ? <EmptyState title={w.noEvidence} icon="ledger" compact /> : null}
      <ul className="violation-evidence">
        {of.evidence.map((one) => (
          <li key={`${one.chainTenantId}${one.chainPlane}${one.seq}`}>
            <time className="mono small nowrap" dateTime={one.at}>
              {format.seconds(one.at)}
            </time>
            <span className="clip">{acts[one.act] ?? one.act}</span>
            <span className="muted small nowrap">
              {one.door ? (l.doors[one.door] ?? one.door) : ''} {one.sourceIp ?? ''}
            </span>
            <span className="push nowrap">
              {can('ledger:read') ? (
                <Link to={paths.ledgerRecord(one.chainTenantId, one.chainPlane, one.seq)}>{w.record(one.seq)}</Link>
              ) : (
                <span className="muted">{w.record(one.seq)}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {of.evidence.length > 0 ? <p className="pad muted small">{w.evidenceText}</p> : null}
    </Card>
  )
}

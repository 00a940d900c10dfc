import { type DocumentaryDetail, getDocumentary, settleObligation } from '@huabiao/domains/documentary/documentary.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { Documents } from './Documents.tsx'
import { DraftDrawer } from './DraftDrawer.tsx'
import { toneOfDocumentary } from './documentary-tones.ts'
import { documentaryWords } from './documentary-words.ts'
import { NextCard } from './NextCard.tsx'

export function Page() {
  const { documentaryId = '' } = useParams()
  const w = useWords(documentaryWords)
  const { data: found, error } = useApi(getDocumentary, { params: { documentaryId } }, { everyMs: 10_000 })
  const crumbs = [{ to: paths.documentary, label: w.title }]
  if (!found)
    return (
      <ResourcePage title={w.title} crumbs={crumbs}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  return (
    <ResourcePage
      title={found.title}
      crumbs={[...crumbs, { to: paths.documentaryCase(found.id), label: found.no }]}
      badges={<StateBadge tone={toneOfDocumentary[found.state]}>{w.states[found.state]}</StateBadge>}
      meta={`${w.classes[found.class]} · ${found.unitName}`}
      actions={found.state === 'drafted' ? <Edit found={found} /> : null}
    >
      <div className="page-split even">
        <div className="stack gap-16">
          <Head found={found} />
          <Documents found={found} />
          <Timeline found={found} />
        </div>
        <div className="stack gap-16">
          <NextCard found={found} />
          <Signatures found={found} />
          <Duties found={found} />
        </div>
      </div>
    </ResourcePage>
  )
}

/** The draft is its author's; to those who cannot see why, nothing is shown. */
function Edit({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const [editing, setEditing] = useState(false)
  const refusal = found.acts.find((one) => one.act === 'save')?.refusal
  if (refusal === 'access.denied' || refusal === 'documentary.not_found') return null
  return (
    <>
      <Button icon="edit" disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined} onClick={() => setEditing(true)}>
        {w.acts.save}
      </Button>
      {editing ? <DraftDrawer found={found} onClose={() => setEditing(false)} /> : null}
    </>
  )
}

function Head({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const format = useFormat()
  return (
    <Card title={w.facts} extra={found.hash ? <HashChip hash={found.hash} label={w.hash} /> : null}>
      <Facts
        columns={2}
        items={[
          { label: w.partner, value: found.partner },
          { label: w.author, value: found.author.name },
          { label: w.effectiveFrom, value: format.dateTime(found.effectiveFrom) },
          { label: w.effectiveAt, value: found.effectiveAt ? format.dateTime(found.effectiveAt) : '—' },
          { label: w.reason, value: found.reason },
        ]}
      />
    </Card>
  )
}

function Signatures({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const format = useFormat()
  const rows = [
    { label: w.review, of: found.review },
    { label: w.signature, of: found.signature },
    { label: w.decision, of: found.decision },
  ]
  return (
    <Card title={w.signatures}>
      <ol className="stack gap-12">
        {rows.map(({ label, of }) => (
          <li key={label} className="stack gap-4">
            <div className="row gap-8">
              <StatusTag tone={of ? (label === w.decision && found.state === 'mu_rejected' ? 'bad' : 'good') : 'neutral'}>
                {label}
              </StatusTag>
              <b>{of?.person.name ?? w.waiting}</b>
              <span className="muted small push">{of ? format.dateTime(of.at) : ''}</span>
            </div>
            {of ? <span className="muted small">{of.note}</span> : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}

function Duties({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const format = useFormat()
  const [settling, setSettling] = useState<string>()
  const act = useAct(settleObligation, { onDone: () => setSettling(undefined) })
  const maySettle = found.acts.find((one) => one.act === 'settle')?.refusal === null
  return (
    <Card title={w.duties}>
      {found.obligations.length === 0 ? <p className="muted">—</p> : null}
      <ul className="stack gap-12">
        {found.obligations.map((duty) => (
          <li key={duty.id} className="stack gap-4">
            <div className="row gap-8 wrap-row">
              <StatusTag tone={duty.doneAt ? 'good' : duty.overdueAt ? 'bad' : duty.remindedAt ? 'wait' : 'neutral'}>
                {duty.doneAt ? w.done : duty.overdueAt ? w.overdue : duty.remindedAt ? w.dueSoon : w.open}
              </StatusTag>
              <b>{duty.kind === 'obligation' ? duty.title : w.dutyKinds[duty.kind]}</b>
              <span className="muted small push">{format.dateTime(duty.dueAt)}</span>
            </div>
            {duty.doneAt ? (
              <span className="muted small">
                {duty.doneBy?.name} {format.dateTime(duty.doneAt)} · {duty.note}
              </span>
            ) : maySettle ? (
              <div>
                <Button size="small" onClick={() => setSettling(duty.id)}>
                  {w.settle}
                </Button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {settling ? (
        <ReasonDialog
          title={w.settle}
          words={{ reason: w.note, hint: w.settleHint, act: w.settle, cancel: w.cancel }}
          tone="primary"
          busy={act.isPending}
          error={act.error}
          onConfirm={(note) => act.mutate({ params: { documentaryId: found.id }, body: { obligationId: settling, note } })}
          onClose={() => setSettling(undefined)}
        />
      ) : null}
    </Card>
  )
}

function Timeline({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const format = useFormat()
  return (
    <Card title={w.timeline}>
      <ol className="stack gap-8">
        {found.timeline.map((one, i) => (
          <li key={i} className="row gap-8 top">
            <span className="muted small">{format.dateTime(one.at)}</span>
            <b>{one.actor}</b>
            <span>{w.happened[one.act] ?? one.act}</span>
            <span className="muted small grow wrap">{one.note}</span>
          </li>
        ))}
      </ol>
    </Card>
  )
}

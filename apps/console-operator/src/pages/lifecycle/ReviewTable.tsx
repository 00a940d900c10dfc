import { type CampaignView, decideReviews, type ReviewItem } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented } from '@huabiao/ui/primitives/Choice'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { reviewWords } from './review-words.ts'

const tones: Readonly<Record<NonNullable<ReviewItem['verdict']>, Tone>> = { keep: 'good', revoke: 'neutral', undecided: 'bad' }

/** The roles of a campaign: those that wait for the reader first, to be chosen together and decided with one reason. */
export function ReviewTable({ of }: { of: CampaignView }) {
  const w = useWords(reviewWords)
  const [show, setShow] = useParam('show')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [verdict, setVerdict] = useState<'keep' | 'revoke'>()
  const mineOnly = show ? show === 'mine' : of.mine > 0
  const rows = mineOnly ? of.reviews.filter((one) => one.decideRefusal === null) : of.reviews
  const open = chosen.filter((id) => of.reviews.some((one) => one.id === id && one.decideRefusal === null))
  const columns = useColumns(open, setChosen)
  return (
    <Card flush label={w.role}>
      <div className="filter-bar">
        <Segmented
          label={w.filter}
          value={mineOnly ? 'mine' : 'all'}
          onChange={setShow}
          options={[
            { value: 'mine', label: w.mineOnly },
            { value: 'all', label: w.all },
          ]}
        />
        {open.length > 0 ? (
          <span className="row gap-8 push">
            <Button size="small" tone="primary" onClick={() => setVerdict('keep')}>
              {w.keepAll(open.length)}
            </Button>
            <Button size="small" tone="danger" onClick={() => setVerdict('revoke')}>
              {w.revokeAll(open.length)}
            </Button>
          </span>
        ) : null}
      </div>
      <ResourceTable
        label={w.role}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={w.noItems} icon="pass" compact />}
      />
      {verdict ? (
        <DecideDialog of={of} ids={open} verdict={verdict} onClose={() => setVerdict(undefined)} onDone={() => setChosen([])} />
      ) : null}
    </Card>
  )
}

function useColumns(chosen: readonly string[], choose: (ids: readonly string[]) => void): Column<ReviewItem>[] {
  const w = useWords(reviewWords)
  const format = useFormat()
  const roleName = useRoleName()
  return [
    {
      key: 'choose',
      title: '',
      width: 44,
      render: (row) =>
        row.decideRefusal === null ? (
          <Checkbox
            checked={chosen.includes(row.id)}
            onChange={(on) => choose(on ? [...chosen, row.id] : chosen.filter((id) => id !== row.id))}
          >
            <span className="visually-hidden">{w.choose(row.person.name, row.role)}</span>
          </Checkbox>
        ) : null,
    },
    { key: 'person', title: w.person, width: 110, render: (row) => <span className="strong">{row.person.name}</span> },
    {
      key: 'role',
      title: w.role,
      render: (row) => (
        <span className="row gap-8">
          {roleName(row.role)} <code className="faint">{row.role}</code>
          {row.duty ? <code className="faint small">{row.duty}</code> : null}
        </span>
      ),
    },
    { key: 'until', title: w.until, width: 110, render: (row) => format.date(row.notAfter) },
    {
      key: 'used',
      title: w.used,
      width: 110,
      render: (row) => (row.usedAt ? format.date(row.usedAt) : <span className="faint">{w.never}</span>),
    },
    {
      key: 'reviewers',
      title: w.reviewers,
      width: 150,
      render: (row) =>
        row.reviewers.length > 0 ? (
          <span className="cut">{format.list(row.reviewers)}</span>
        ) : (
          <StatusTag tone="bad">{w.nobody}</StatusTag>
        ),
    },
    {
      key: 'verdict',
      title: w.verdict,
      width: 250,
      render: (row) =>
        row.verdict ? (
          <span className="stack">
            <span className="row gap-8">
              <StatusTag tone={tones[row.verdict]}>{w.verdicts[row.verdict]}</StatusTag>
              {row.decidedBy ? <span className="small">{row.decidedBy}</span> : null}
            </span>
            {row.reason ? <span className="faint small cut">{row.reason}</span> : null}
          </span>
        ) : (
          <span className="faint">{w.waiting}</span>
        ),
    },
  ]
}

function DecideDialog(props: {
  of: CampaignView
  ids: readonly string[]
  verdict: 'keep' | 'revoke'
  onClose: () => void
  onDone: () => void
}) {
  const { of, ids, verdict, onClose, onDone } = props
  const w = useWords(reviewWords)
  const decide = useAct(decideReviews, {
    onDone: () => {
      toast(w.done)
      onDone()
      onClose()
    },
  })
  const act = verdict === 'keep' ? w.keepAll(ids.length) : w.revokeAll(ids.length)
  return (
    <ReasonDialog
      title={act}
      words={{ reason: w.reason, hint: w.reasonHint, act, cancel: w.cancel }}
      tone={verdict === 'keep' ? 'primary' : 'danger-solid'}
      busy={decide.isPending}
      error={decide.error}
      onConfirm={(reason) =>
        decide.mutate({ params: { campaignId: of.id }, body: { reviewIds: [...ids].slice(0, 200), verdict, reason } })
      }
      onClose={onClose}
    />
  )
}

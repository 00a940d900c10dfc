import { type DepartureView, type HandoverItem, settleItem } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { documentsThing } from '@huabiao/domains/lifecycle/lifecycle-handover.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { Link } from 'react-router'
import { useAct } from '../../api/hooks.ts'
import { useRoleName } from '../../app/role-names.ts'
import { pathOfItem } from './departure-tones.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { OfferDialog } from './OfferDialog.tsx'

type Show = 'open' | 'settled' | 'ends'
const isIn: Readonly<Record<Show, (item: HandoverItem) => boolean>> = {
  open: ({ state }) => state === 'open' || state === 'offered',
  settled: ({ state }) => state === 'settled',
  ends: ({ state }) => state === 'ends',
}

/** A part of the list; one that is empty is not shown. */
export function HandoverCard({ of, show }: { of: DepartureView; show: Show }) {
  const w = useWords(lifecycleWords)
  const rows = of.items.filter(isIn[show])
  const columns = useColumns(of, show)
  const [offering, setOffering] = useState(false)
  const offered = rows.filter((item) => item.offerRefusal === null && item.way === 'accept' && item.state === 'open')
  if (rows.length === 0) return null
  const title = { open: w.blocking, settled: w.settled, ends: w.ends }[show]
  return (
    <Card
      flush
      title={`${title} ${rows.length}`}
      extra={
        show === 'open' && offered.length > 1 ? (
          <Button size="small" onClick={() => setOffering(true)}>
            {w.offerAll}
          </Button>
        ) : show === 'ends' ? (
          <span className="muted small">{w.endsText}</span>
        ) : null
      }
    >
      <ResourceTable label={title} columns={columns} rows={rows} rowKey={(row) => row.key} />
      {offering ? <OfferDialog of={of} items={offered} onClose={() => setOffering(false)} /> : null}
    </Card>
  )
}

function Thing({ item }: { item: HandoverItem }) {
  const w = useWords(lifecycleWords)
  const roleName = useRoleName()
  const to = pathOfItem(item)
  const role = item.kind.startsWith('role') || item.kind === 'permission.request'
  const label = role ? `${roleName(item.label)} ${item.label}` : item.label === documentsThing ? w.documents : item.label
  return (
    <span className="stack">
      <span className="row gap-8">
        <span className="muted small nowrap">{w.things[item.kind]}</span>
        {to ? (
          <Link className="strong clip" to={to}>
            {label}
          </Link>
        ) : (
          <span className="strong clip">{label}</span>
        )}
      </span>
      {item.detail && item.detail !== item.label ? <span className="faint small cut">{item.detail}</span> : null}
    </span>
  )
}

function useColumns(of: DepartureView, show: Show): Column<HandoverItem>[] {
  const w = useWords(lifecycleWords)
  const format = useFormat()
  const thing: Column<HandoverItem> = { key: 'item', title: w.item, render: (item) => <Thing item={item} /> }
  if (show === 'ends') return [thing, { key: 'way', title: w.way, width: 200, render: (item) => w.ways[item.kind] }]
  if (show === 'settled')
    return [
      thing,
      {
        key: 'by',
        title: w.settled,
        width: 240,
        render: (item) => (item.settledBy && item.settledAt ? w.settledBy(item.settledBy, format.dateTime(item.settledAt)) : ''),
      },
      { key: 'note', title: w.note, width: 200, render: (item) => <span className="cut">{item.note}</span> },
    ]
  return [
    thing,
    { key: 'way', title: w.way, width: 250, render: (item) => <span className="small">{w.ways[item.kind]}</span> },
    {
      key: 'successor',
      title: w.successor,
      width: 110,
      render: (item) =>
        item.successor ? (
          <StatusTag tone="info" hint={w.waiting}>
            {item.successor.name}
          </StatusTag>
        ) : (
          <span className="faint">{w.nobody}</span>
        ),
    },
    { key: 'act', title: '', width: 190, end: true, render: (item) => <Acts of={of} item={item} /> },
  ]
}

function Acts({ of, item }: { of: DepartureView; item: HandoverItem }) {
  const w = useWords(lifecycleWords)
  const [offering, setOffering] = useState(false)
  const settle = useAct(settleItem, { onDone: () => toast(w.done) })
  return (
    <span className="row gap-8 wrap-row lifecycle-acts">
      {item.offerRefusal === null && item.way !== 'return' ? (
        <Button size="small" label={`${w.offer} ${item.label}`} onClick={() => setOffering(true)}>
          {w.offer}
        </Button>
      ) : null}
      {item.settleRefusal === null ? (
        <Button
          size="small"
          tone="primary"
          busy={settle.isPending}
          label={`${item.way === 'return' ? w.returned : w.settle} ${item.label}`}
          onClick={() => settle.mutate({ params: { departureId: of.id }, body: { item: item.key, note: '' } })}
        >
          {item.way === 'return' ? w.returned : w.settle}
        </Button>
      ) : null}
      {settle.error ? <ProblemNote error={settle.error} compact /> : null}
      {offering ? <OfferDialog of={of} items={[item]} onClose={() => setOffering(false)} /> : null}
    </span>
  )
}

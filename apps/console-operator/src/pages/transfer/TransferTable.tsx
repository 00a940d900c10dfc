import './transfer.css'
import type { listTransfers, TransferView } from '@huabiao/domains/transfer/transfer.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RedLineChip, RefusalHint, useRefusals } from '@huabiao/ui/patterns/RefusalNote'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Tooltip } from '@huabiao/ui/primitives/Tooltip'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { usePages } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { toneOfTransfer } from './transfer-tone.ts'
import { transferWords } from './transfer-words.ts'

/** The red line that held, with its words at hand. */
function Why({ code }: { code: string }) {
  const { rule } = useRefusals()(code)
  return (
    <Tooltip text={<RefusalHint code={code} />}>
      {rule ? <RedLineChip rule={rule} short /> : <span className="muted small">{code}</span>}
    </Tooltip>
  )
}

export function TransferTable(of: {
  pages: ReturnType<typeof usePages<typeof listTransfers>>
  kept?: boolean
  empty: ReactNode
}) {
  const w = useWords(transferWords)
  const format = useFormat()
  const columns: Column<TransferView>[] = [
    {
      key: 'file',
      title: w.file,
      render: (row) => (
        <div className="stack transfer-file">
          <Link to={paths.transfer(row.id)}>{(row.path ?? row.asked).split('/').at(-1) || row.asked}</Link>
          <code className="muted small clip" title={row.path ?? row.asked}>
            {row.path ?? row.asked}
          </code>
          {row.targetNames.length > 0 ? <span className="muted small clip">{format.list(row.targetNames)}</span> : null}
        </div>
      ),
    },
    {
      key: 'state',
      title: w.state,
      width: 152,
      render: (row) => (
        <span className="row gap-4">
          <StatusTag tone={toneOfTransfer(row.state)} live={row.state === 'open'}>
            {w.states[row.state]}
          </StatusTag>
          {row.refusal ? <Why code={row.refusal} /> : null}
        </span>
      ),
    },
    {
      key: 'person',
      title: w.person,
      width: 132,
      render: (row) => (
        <div className="stack">
          <span>{row.person.name}</span>
          <span className="muted small">
            {w.directions[row.direction]} · {w.channels[row.channel]}
          </span>
        </div>
      ),
    },
    {
      key: 'change',
      title: w.change,
      width: 168,
      render: (row) =>
        row.changeId ? (
          <div className="stack">
            <Link to={paths.change(row.changeId)}>{row.changeNo}</Link>
            <code className="muted small">{row.stepKey}</code>
          </div>
        ) : (
          '—'
        ),
    },
    { key: 'size', title: w.size, width: 88, end: true, render: (row) => format.bytes(row.bytes) },
    {
      key: 'digest',
      title: w.digest,
      width: 172,
      render: (row) => (row.sha256 ? <HashChip hash={row.sha256} label={w.digest} /> : '—'),
    },
    of.kept
      ? { key: 'until', title: w.keepUntil, width: 150, render: (row) => (row.keepUntil ? format.dateTime(row.keepUntil) : '—') }
      : { key: 'at', title: w.at, width: 150, render: (row) => format.seconds(row.openedAt) },
  ]
  return (
    <ResourceTable
      {...of.pages}
      label={w.title}
      columns={columns}
      rowKey={(row) => row.id}
      rowTo={(row) => paths.transfer(row.id)}
      empty={of.empty}
    />
  )
}

import { type AnnouncementView, listAnnouncements } from '@huabiao/domains/announcement/announcement.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { AnnouncementDrawer } from './AnnouncementDrawer.tsx'
import { announcementWords } from './announcement-words.ts'

export function Page() {
  const can = useCan()
  return can('announcement:read') ? <Announcements /> : <ForbiddenPage />
}

function ReceiptTag({ announcement }: { announcement: AnnouncementView }) {
  const w = useWords(announcementWords)
  if (announcement.receipts.some((one) => one.waives)) return <StatusTag tone="good">{w.waived}</StatusTag>
  return announcement.receipts.length > 0 ? (
    <StatusTag tone="good">{w.received}</StatusTag>
  ) : (
    <StatusTag tone="wait">{w.waits}</StatusTag>
  )
}

function useColumns(): Column<AnnouncementView>[] {
  const w = useWords(announcementWords)
  const format = useFormat()
  return [
    {
      key: 'no',
      title: w.change,
      width: 170,
      render: (row) => (
        <Link to={paths.change(row.change.id)} className="nowrap">
          {row.change.no}
        </Link>
      ),
    },
    {
      key: 'title',
      title: w.name,
      render: (row) => (
        <span className="strong cut" title={row.title}>
          {row.title}
        </span>
      ),
    },
    { key: 'unit', title: w.unit, width: '14%', render: (row) => row.unitName },
    {
      key: 'systems',
      title: w.systems,
      width: '13%',
      render: (row) => <span className="cut">{format.list(row.systemNames)}</span>,
    },
    { key: 'window', title: w.window, width: 210, render: (row) => format.span(row.windowStart, row.windowEnd) },
    { key: 'sent', title: w.sent, width: 140, render: (row) => format.dateTime(row.sentAt) },
    { key: 'receipt', title: w.receipt, width: 150, render: (row) => <ReceiptTag announcement={row} /> },
  ]
}

function Announcements() {
  const w = useWords(announcementWords)
  const columns = useColumns()
  const [openId, open] = useParam('announcement')
  const [show, setShow] = useParam('show')
  // A notice leads here to one announcement, whether or not it was received since.
  const all = show === 'all' || openId !== ''
  const pages = usePages(listAnnouncements, { unread: all ? 'false' : 'true' })
  const opened = pages.rows?.find((row) => row.id === openId)
  return (
    <ResourcePage title={w.title} meta={w.meta}>
      <Card flush label={w.title}>
        <div className="filter-bar">
          <Segmented
            label={w.filter}
            value={all ? 'all' : 'unread'}
            onChange={(next) => setShow(next === 'all' ? 'all' : '')}
            options={[
              { value: 'unread', label: w.unread },
              { value: 'all', label: w.all },
            ]}
          />
        </div>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          onRow={(row) => open(row.id)}
          selectedKey={openId}
          rowTone={(row) => (row.receipts.length === 0 ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="bell" />}
        />
      </Card>
      {opened ? <AnnouncementDrawer announcement={opened} onClose={() => open('')} /> : null}
    </ResourcePage>
  )
}

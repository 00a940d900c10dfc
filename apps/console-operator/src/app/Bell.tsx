import { listNotifications, readNotifications } from '@huabiao/domains/notification/notification.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Button } from '@huabiao/ui/primitives/Button'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Popover } from '@huabiao/ui/primitives/Tooltip'
import { useState } from 'react'
import { Link } from 'react-router'
import { useAct, useApi } from '../api/hooks.ts'
import { NoticeLine } from '../pages/notification/NoticeLine.tsx'
import { paths } from './paths.ts'
import { shellWords } from './shell-words.ts'

export function Bell() {
  const w = useWords(shellWords)
  const [open, setOpen] = useState(false)
  const found = useApi(listNotifications, { query: { unread: 'true', limit: 8 } }, { everyMs: 20_000 })
  const read = useAct(readNotifications, { refresh: [listNotifications] })
  const unread = found.data?.unread ?? 0
  const items = found.data?.items ?? []
  const markAll = () => read.mutate({ body: { ids: items.map((item) => item.id) } })
  const content = (
    <section className="bell-panel" aria-label={w.noticesTitle}>
      <div className="row gap-8 bell-head">
        <b>{w.unreadOnly}</b>
        {items.length > 0 ? (
          <span className="push">
            <Button size="small" tone="link" onClick={markAll} busy={read.isPending}>
              {w.markAll}
            </Button>
          </span>
        ) : null}
      </div>
      {items.length === 0 ? <EmptyState title={w.noNotices} icon="check" compact /> : null}
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <NoticeLine
              notice={item}
              onOpen={() => {
                setOpen(false)
                read.mutate({ body: { ids: [item.id] } })
              }}
            />
          </li>
        ))}
      </ul>
      <Link to={paths.notifications} className="bell-foot" onClick={() => setOpen(false)}>
        {w.allNotices}
      </Link>
    </section>
  )
  // The label says what the badge shows (WCAG 2.5.3).
  const count = unread > 99 ? '99+' : unread > 0 ? String(unread) : undefined
  return (
    <Popover content={content} open={open} onOpenChange={setOpen}>
      <button type="button" className="header-button bell" aria-label={w.notices(count)} aria-expanded={open}>
        <Icon name="bell" size={16} />
        {count ? <span className="bell-count">{count}</span> : null}
      </button>
    </Popover>
  )
}

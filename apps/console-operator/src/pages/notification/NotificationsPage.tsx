import { listNotifications, readNotifications } from '@huabiao/domains/notification/notification.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useSearchParams } from 'react-router'
import { useAct, usePages } from '../../api/hooks.ts'
import { NoticeLine } from './NoticeLine.tsx'
import { noticeWords } from './notice-words.ts'

export function Page() {
  const w = useWords(noticeWords)
  const common = useWords(uiWords)
  const [search, setSearch] = useSearchParams()
  const only = search.get('only') === 'unread' ? 'unread' : 'all'
  const { rows, error, hasMore, onMore, loadingMore } = usePages(listNotifications, only === 'unread' ? { unread: 'true' } : {})
  const read = useAct(readNotifications, { refresh: [listNotifications] })
  const unread = (rows ?? []).filter((row) => row.readAt === null).map((row) => row.id)
  return (
    <ResourcePage
      title={w.title}
      actions={
        <>
          <Segmented
            label={w.title}
            value={only}
            onChange={(next) => setSearch(next === 'unread' ? { only: 'unread' } : {}, { replace: true })}
            options={[
              { value: 'all', label: w.all },
              { value: 'unread', label: w.unread },
            ]}
          />
          <Button
            icon="check"
            busy={read.isPending}
            disabledReason={unread.length === 0 ? w.none : undefined}
            onClick={() => read.mutate({ body: { ids: unread.slice(0, 100) } })}
          >
            {w.markShown}
          </Button>
        </>
      }
    >
      <Card flush label={w.label}>
        {error ? <ProblemNote error={error} /> : null}
        {rows === undefined && !error ? (
          <div className="pad">
            <Skeleton lines={6} height={28} />
          </div>
        ) : null}
        {rows?.length === 0 ? <EmptyState title={w.none} text={w.noneText} icon="bell" /> : null}
        <ul>
          {rows?.map((notice) => (
            <li key={notice.id}>
              <NoticeLine notice={notice} onOpen={() => notice.readAt === null && read.mutate({ body: { ids: [notice.id] } })} />
            </li>
          ))}
        </ul>
        {hasMore ? (
          <div className="table-more">
            <Button size="small" onClick={onMore} busy={loadingMore}>
              {common.more}
            </Button>
          </div>
        ) : null}
      </Card>
    </ResourcePage>
  )
}

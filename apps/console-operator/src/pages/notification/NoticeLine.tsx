import type { NotificationView } from '@huabiao/domains/notification/notification.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { noticeWords } from './notice-words.ts'

/** Where the object of a notice is shown. */
function pathOf(object: string): string {
  const [kind, id] = object.split('/')
  if (kind === 'change' && id) return paths.change(id)
  if (kind === 'permission-request' && id) return paths.permissionRequest(id)
  if (kind === 'session' && id) return paths.session(id)
  return paths.notifications
}

export function NoticeLine({ notice, onOpen }: { notice: NotificationView; onOpen?: () => void }) {
  const w = useWords(noticeWords)
  const format = useFormat()
  const roleName = useRoleName()
  const { no, title, role, guard } = notice.params
  return (
    <Link to={pathOf(notice.object)} onClick={onOpen} className={`notice${notice.readAt ? ' read' : ''}`}>
      <span className="notice-dot" aria-hidden />
      <span className="stack grow">
        <span className="strong">{w.kinds[notice.kind] ?? w.other(notice.kind)}</span>
        <span className="muted small clip">
          {guard ? `${guard} · ` : ''}
          {no ? `${no} ${title ?? ''}` : role ? roleName(String(role)) : (title ?? notice.object)}
        </span>
      </span>
      <time className="faint small nowrap" dateTime={notice.at} title={format.seconds(notice.at)}>
        {format.relative(notice.at)}
      </time>
    </Link>
  )
}

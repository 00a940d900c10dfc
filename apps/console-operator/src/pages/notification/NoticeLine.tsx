import type { NotificationView } from '@huabiao/domains/notification/notification.contract'
import { type EntryId, isEntry } from '@huabiao/domains/violation/violation.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { violationWords } from '../violation/violation-words.ts'
import { noticeWords } from './notice-words.ts'

/** Where the object of a notice is shown. */
function pathOf(object: string): string {
  const [kind, id, plane] = object.split('/')
  if (kind === 'change' && id) return paths.change(id)
  if (kind === 'permission-request' && id) return paths.permissionRequest(id)
  if (kind === 'announcement' && id) return paths.announcement(id)
  if (kind === 'freeze' && id) return paths.freeze(id)
  if (kind === 'session' && id) return paths.session(id)
  if (kind === 'ledger' && id && plane) return paths.ledgerChain(id, plane)
  if (kind === 'emergency' && id) return paths.emergency(id)
  if (kind === 'violation' && id) return paths.violation(id)
  if (kind === 'kept-credential') return paths.kept
  if (kind === 'departure' && id) return paths.departure(id)
  if (kind === 'recertification' && id) return paths.recertification(id)
  if (kind === 'account-findings' || kind === 'suspensions') return paths.accountNorms
  return paths.notifications
}

export function NoticeLine({ notice, onOpen }: { notice: NotificationView; onOpen?: () => void }) {
  const w = useWords(noticeWords)
  const format = useFormat()
  const roleName = useRoleName()
  const violations = useWords(violationWords)
  const { no, title, role, guard, entry, person, lastDay, norm } = notice.params
  const about = isEntry(String(entry)) ? violations.entries[entry as EntryId] : title
  return (
    <Link to={pathOf(notice.object)} onClick={onOpen} className={`notice${notice.readAt ? ' read' : ''}`}>
      <span className="notice-dot" aria-hidden />
      <span className="stack grow">
        <span className="strong">{w.kinds[notice.kind] ?? w.other(notice.kind)}</span>
        <span className="muted small clip">
          {guard ? `${guard} · ` : ''}
          {person && (lastDay ?? norm)
            ? `${person} ${lastDay ?? norm}`
            : no
              ? `${no} ${about ?? ''}`
              : role
                ? roleName(String(role))
                : (title ?? notice.object)}
        </span>
      </span>
      <time className="faint small nowrap" dateTime={notice.at} title={format.seconds(notice.at)}>
        {format.relative(notice.at)}
      </time>
    </Link>
  )
}

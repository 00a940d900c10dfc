import './page.css'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../primitives/Icon.tsx'

/** Nothing here, why that is so, and what a person might do. */
export function EmptyState({
  title,
  text,
  icon = 'inbox',
  action,
  compact,
  page,
}: {
  title: string
  text?: ReactNode
  icon?: IconName
  action?: ReactNode
  compact?: boolean
  /** It is the page itself: its title is the page's heading. */
  page?: boolean
}) {
  return (
    <div className={`empty${compact ? ' compact' : ''}`}>
      <Icon name={icon} size={compact ? 18 : 26} />
      {page ? <h1 className="empty-title">{title}</h1> : <div className="strong">{title}</div>}
      {text ? <div className="muted small">{text}</div> : null}
      {action}
    </div>
  )
}

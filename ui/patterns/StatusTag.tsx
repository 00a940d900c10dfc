import './status-tag.css'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../primitives/Icon.tsx'
import { Tooltip } from '../primitives/Tooltip.tsx'

/** What a state means to the person looking; the preset colours of the component library fail AA (green 3.37:1), these do not. */
export type Tone = 'neutral' | 'info' | 'good' | 'wait' | 'bad' | 'side'

export interface StatusTagProps {
  tone: Tone
  children: ReactNode
  icon?: IconName
  /** A breathing dot: this is happening now. */
  live?: boolean
  hint?: ReactNode
  solid?: boolean
}
export function StatusTag({ tone, children, icon, live, hint, solid }: StatusTagProps) {
  const tag = (
    <span className={`tag ${tone}${solid ? ' solid' : ''}`} {...(hint ? { tabIndex: 0 } : {})}>
      {live ? <i className="live-dot" aria-hidden /> : icon ? <Icon name={icon} /> : null}
      {children}
    </span>
  )
  return hint ? <Tooltip text={hint}>{tag}</Tooltip> : tag
}

/** The state of a record, larger, beside its title. */
export function StateBadge({ tone, children, live }: { tone: Tone; children: ReactNode; live?: boolean }) {
  return (
    <span className={`state-badge ${tone}`} role="status">
      <i className={live ? 'live-dot' : 'dot'} aria-hidden />
      {children}
    </span>
  )
}

import type { MouseEvent, ReactNode, Ref } from 'react'
import { Link } from 'react-router'
import { Icon, type IconName } from './Icon.tsx'
import { Tooltip } from './Tooltip.tsx'

export type ButtonTone = 'plain' | 'primary' | 'danger' | 'danger-solid' | 'quiet' | 'link'
interface Look {
  tone?: ButtonTone
  size?: 'small' | 'medium' | 'large'
  icon?: IconName
  block?: boolean
  className?: string
}
const classOf = ({ tone = 'plain', size = 'medium', block, className }: Look): string =>
  `button ${tone} ${size}${block ? ' block' : ''}${className ? ` ${className}` : ''}`

export interface ButtonProps extends Look {
  children: ReactNode
  onClick?: ((event: MouseEvent) => void) | undefined
  type?: 'button' | 'submit'
  busy?: boolean
  /** Why it may not be pressed now. The button stays reachable by keyboard and tells it. */
  disabledReason?: ReactNode
  /** Shown as a key cap. */
  keys?: string
  /** Where the visible words alone do not say what is acted on. */
  label?: string
  hint?: ReactNode
  ref?: Ref<HTMLButtonElement>
}

export function Button({
  children,
  onClick,
  type = 'button',
  busy,
  disabledReason,
  keys,
  label,
  hint,
  ref,
  ...look
}: ButtonProps) {
  const off = (disabledReason !== undefined && disabledReason !== null && disabledReason !== false) || busy === true
  const press = (event: MouseEvent) => {
    if (off) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <Tooltip text={off && !busy ? disabledReason : hint}>
      <button
        ref={ref}
        type={type}
        className={classOf(look)}
        onClick={press}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        aria-label={label}
      >
        {busy ? <span className="spin" /> : look.icon ? <Icon name={look.icon} /> : null}
        {children}
        {keys ? <kbd className="kbd">{keys}</kbd> : null}
      </button>
    </Tooltip>
  )
}

/** Looks like a button, goes somewhere. */
export function LinkButton({ to, children, label, ...look }: Look & { to: string; children: ReactNode; label?: string }) {
  return (
    <Link to={to} className={classOf(look)} aria-label={label}>
      {look.icon ? <Icon name={look.icon} /> : null}
      {children}
    </Link>
  )
}

export interface IconButtonProps {
  icon: IconName
  /** Required: an icon alone says nothing to a screen reader. */
  label: string
  onClick?: ((event: MouseEvent) => void) | undefined
  disabledReason?: ReactNode
  pressed?: boolean
  size?: number
  className?: string
}
export function IconButton({ icon, label, onClick, disabledReason, pressed, size, className }: IconButtonProps) {
  const off = disabledReason !== undefined && disabledReason !== null && disabledReason !== false
  return (
    <Tooltip text={off ? disabledReason : label}>
      <button
        type="button"
        className={`icon-button${className ? ` ${className}` : ''}`}
        aria-label={label}
        aria-pressed={pressed}
        aria-disabled={off || undefined}
        onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
      >
        <Icon name={icon} {...(size ? { size } : {})} />
      </button>
    </Tooltip>
  )
}

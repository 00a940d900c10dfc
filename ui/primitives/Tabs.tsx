import type { KeyboardEvent, ReactNode } from 'react'
import { NavLink } from 'react-router'

export interface LinkTab {
  to: string
  label: string
  count?: number | undefined
  end?: boolean
}
/** Tabs whose choice is in the URL: links, so they open in a new window and are told as navigation. */
export function LinkTabs({ label, tabs }: { label: string; tabs: readonly LinkTab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end={tab.end ?? true} replace preventScrollReset>
          {tab.label}
          {tab.count === undefined ? null : <span className="count">{tab.count}</span>}
        </NavLink>
      ))}
    </nav>
  )
}

export interface Tab<K extends string> {
  key: K
  label: ReactNode
  count?: number | undefined
}
export function Tabs<K extends string>({
  label,
  tabs,
  active,
  onChange,
}: {
  label: string
  tabs: readonly Tab<K>[]
  active: K
  onChange: (key: K) => void
}) {
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const at = tabs.findIndex((tab) => tab.key === active)
    const next = tabs[(at + step + tabs.length) % tabs.length]
    if (next) onChange(next.key)
    const buttons = event.currentTarget.querySelectorAll<HTMLButtonElement>('[role=tab]')
    buttons[(at + step + tabs.length) % tabs.length]?.focus()
  }
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={move} tabIndex={-1}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          aria-selected={tab.key === active}
          tabIndex={tab.key === active ? 0 : -1}
          onClick={() => onChange(tab.key)}
        >
          {tab.label}
          {tab.count === undefined ? null : <span className="count">{tab.count}</span>}
        </button>
      ))}
    </div>
  )
}

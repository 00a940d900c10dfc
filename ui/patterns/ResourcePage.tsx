import './page.css'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { Icon } from '../primitives/Icon.tsx'

export interface Crumb {
  to: string
  label: string
}
export interface ResourcePageProps {
  title: ReactNode
  crumbs?: readonly Crumb[]
  /** The last crumb: the name or number of what is shown. */
  here?: ReactNode
  /** Beside the title: state, tags. */
  badges?: ReactNode
  /** Under the title: who, when, number. */
  meta?: ReactNode
  actions?: ReactNode
  tabs?: ReactNode
  children: ReactNode
  /** The page fills the height and scrolls inside. */
  fill?: boolean
}
/** Frame of every page: where I am, what this is, what I may do with it. */
export function ResourcePage({ title, crumbs, here, badges, meta, actions, tabs, children, fill }: ResourcePageProps) {
  return (
    <div className={`page${fill ? ' fill' : ''}`}>
      <header className={`page-head${tabs ? ' with-tabs' : ''}`}>
        {crumbs ? (
          <nav className="crumbs" aria-label="breadcrumb">
            {crumbs.map((crumb) => (
              <span key={crumb.to}>
                <Link to={crumb.to}>{crumb.label}</Link>
                <Icon name="chevronRight" size={10} />
              </span>
            ))}
            {here ? <span aria-current="page">{here}</span> : null}
          </nav>
        ) : null}
        <div className="row gap-12 top">
          <div className="stack gap-4 grow">
            <div className="row gap-12 wrap-row">
              <h1>{title}</h1>
              {badges}
            </div>
            {meta ? <div className="page-meta">{meta}</div> : null}
          </div>
          {actions ? <div className="row gap-8 page-actions">{actions}</div> : null}
        </div>
        {tabs}
      </header>
      <div className="page-body">{children}</div>
    </div>
  )
}

/** One subject on a page, in a frame. */
export function Card({
  title,
  extra,
  children,
  flush,
  label,
  className,
}: {
  title?: ReactNode
  extra?: ReactNode
  children: ReactNode
  flush?: boolean
  label?: string
  className?: string
}) {
  return (
    <section
      className={`card${className ? ` ${className}` : ''}`}
      aria-label={label ?? (typeof title === 'string' ? title : undefined)}
    >
      {title || extra ? (
        <div className="card-head">
          {title ? <h2>{title}</h2> : null}
          {extra ? <div className="row gap-8 push">{extra}</div> : null}
        </div>
      ) : null}
      <div className={flush ? 'card-body flush' : 'card-body'}>{children}</div>
    </section>
  )
}

/** Names and values; the value tells "none" itself. */
export function Facts({
  items,
  columns = 1,
}: {
  items: readonly { label: string; value: ReactNode }[]
  columns?: 1 | 2 | 3 | 4
}) {
  return (
    <dl className={`facts columns-${columns}`}>
      {items.map((item) => (
        <div key={item.label}>
          <dt>{item.label}</dt>
          <dd>{item.value}</dd>
        </div>
      ))}
    </dl>
  )
}

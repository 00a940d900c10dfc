import './resource-table.css'
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'
import { Button } from '../primitives/Button.tsx'
import { EmptyState } from './EmptyState.tsx'
import { ProblemNote } from './RefusalNote.tsx'

export interface Column<T> {
  key: string
  title: ReactNode
  render: (row: T) => ReactNode
  /** A CSS width; the column without one takes what is left. */
  width?: number | string
  end?: boolean
}
export interface ResourceTableProps<T> {
  /** Names the table for screen readers. */
  label: string
  columns: readonly Column<T>[]
  /** Undefined while the first page is loading. */
  rows: readonly T[] | undefined
  rowKey: (row: T) => string
  /** Where a row leads. Its first cell should hold the real link, for the keyboard. */
  rowTo?: (row: T) => string | undefined
  onRow?: (row: T) => void
  selectedKey?: string | undefined
  rowTone?: (row: T) => 'bad' | 'wait' | undefined
  error?: unknown
  empty?: ReactNode
  /** Key-set paging: there is more, and how to get it. */
  hasMore?: boolean
  onMore?: () => void
  loadingMore?: boolean
  stickyHead?: boolean
}

const isControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('a,button,input,select,label') !== null

/** A dense table of records, paged by key: no page numbers, since rows move while one reads. */
export function ResourceTable<T>(props: ResourceTableProps<T>) {
  const { label, columns, rows, rowKey, rowTo, onRow, selectedKey, rowTone, error, empty, stickyHead } = props
  const words = useWords(uiWords)
  const navigate = useNavigate()
  const open = (row: T, event: MouseEvent | KeyboardEvent) => {
    if (isControl(event.target)) return
    if (window.getSelection()?.toString()) return
    const to = rowTo?.(row)
    if (to) void navigate(to)
    else onRow?.(row)
  }
  if (error && !rows)
    return (
      <div className="pad">
        <ProblemNote error={error} />
      </div>
    )
  const acts = rowTo !== undefined || onRow !== undefined
  return (
    <div className="table-frame">
      <table className={`table${stickyHead ? ' sticky' : ''}`} aria-label={label} aria-busy={rows === undefined}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} style={column.width ? { width: column.width } : undefined} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.end ? 'end' : ''}>
                {column.title === '' ? <span className="visually-hidden">{words.acts}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => {
            const key = rowKey(row)
            const tone = rowTone?.(row)
            return (
              <tr
                key={key}
                className={`${acts ? 'acts' : ''}${key === selectedKey ? ' selected' : ''}${tone ? ` ${tone}` : ''}`}
                onClick={acts ? (event) => open(row, event) : undefined}
                onKeyDown={onRow ? (event) => event.key === 'Enter' && open(row, event) : undefined}
                tabIndex={onRow ? 0 : undefined}
                aria-selected={onRow ? key === selectedKey : undefined}
              >
                {columns.map((column) => (
                  <td key={column.key} className={column.end ? 'end' : ''}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            )
          }) ?? <LoadingRows columns={columns.length} />}
        </tbody>
      </table>
      {rows?.length === 0 ? (empty ?? <EmptyState title={words.noRows} icon="search" />) : null}
      <More {...props} />
    </div>
  )
}

function More<T>({ rows, error, hasMore, onMore, loadingMore }: ResourceTableProps<T>) {
  const words = useWords(uiWords)
  if (rows && error)
    return (
      <div className="pad">
        <ProblemNote error={error} compact />
      </div>
    )
  if (!hasMore || !onMore) return null
  return (
    <div className="table-more">
      <Button size="small" onClick={onMore} busy={loadingMore === true}>
        {loadingMore ? words.loadingMore : words.more}
      </Button>
    </div>
  )
}

function LoadingRows({ columns }: { columns: number }) {
  return Array.from({ length: 8 }, (_, row) => (
    <tr key={row} aria-hidden>
      {Array.from({ length: columns }, (_, column) => (
        <td key={column}>
          <div className="skeleton">
            <span style={{ height: 12, width: `${45 + ((row * 7 + column * 13) % 45)}%` }} />
          </div>
        </td>
      ))}
    </tr>
  ))
}

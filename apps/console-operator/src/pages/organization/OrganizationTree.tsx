import './organization.css'
import type { OrganizationView } from '@huabiao/domains/organization/organization.contract'
import { parties } from '@huabiao/kit/actor/actor'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { useState } from 'react'
import { organizationWords } from './organization-words.ts'

export interface OrganizationTreeProps {
  items: readonly OrganizationView[]
  selectedId: string
  onSelect: (id: string) => void
}
/** Units by party, each with its departments; the row of a unit says how many persons it has. */
export function OrganizationTree({ items, selectedId, onSelect }: OrganizationTreeProps) {
  const w = useWords(organizationWords)
  const common = useWords(uiWords)
  const { language } = useLanguage()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const matches = (row: OrganizationView) =>
    wanted === '' || `${row.nameZh} ${row.nameEn} ${row.code}`.toLowerCase().includes(wanted)
  const shownUnits = items.filter(
    (row) => row.kind === 'unit' && (matches(row) || items.some((one) => one.tenantId === row.id && matches(one))),
  )
  const name = (row: OrganizationView) => (language === 'en' ? row.nameEn : row.nameZh)
  const rowOf = (row: OrganizationView, depth: number) => (
    <button
      key={row.id}
      type="button"
      className="tree-row"
      style={{ paddingInlineStart: 12 + depth * 18 }}
      aria-pressed={row.id === selectedId}
      onClick={() => onSelect(row.id === selectedId ? '' : row.id)}
    >
      <Icon name={row.kind === 'unit' ? 'graph' : 'people'} size={13} />
      <span className="clip grow">{name(row)}</span>
      {row.status === 'active' ? null : (
        <StatusTag tone={row.status === 'left' ? 'neutral' : 'wait'}>{w.statuses[row.status]}</StatusTag>
      )}
      <span className="faint small">{row.persons}</span>
    </button>
  )
  const under = (parentId: string, depth: number): React.ReactNode[] =>
    items.filter((row) => row.parentId === parentId).flatMap((row) => [rowOf(row, depth), ...under(row.id, depth + 1)])
  return (
    <div className="tree">
      <div className="tree-search">
        <SearchField label={w.treeSearch} value={text} onChange={setText} size="small" />
      </div>
      <div className="tree-rows">
        {parties.map((party) => {
          const units = shownUnits.filter((row) => row.party === party)
          if (units.length === 0) return null
          return (
            <section key={party} aria-label={w.parties[party]}>
              <div className="tree-party">{w.parties[party]}</div>
              {units.flatMap((unit) => [rowOf(unit, 0), ...under(unit.id, 1)])}
            </section>
          )
        })}
        {shownUnits.length === 0 ? <EmptyState title={common.noRows} icon="search" compact /> : null}
      </div>
    </div>
  )
}

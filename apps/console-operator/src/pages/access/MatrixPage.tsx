import './access.css'
import { listRoleBindings } from '@huabiao/domains/access/access.contract'
import { exclusionOf, type RoleCode, roleCodes } from '@huabiao/domains/access/access.model'
import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { neverWith } from '../../app/role-logic.ts'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'
import { exclusionReason } from './exclusion-reason.ts'

/** 17 × 17: every pair of roles, whether one person may hold both, and why not. */
export function Page() {
  const w = useWords(accessWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const [personId, setPersonId] = useParam('person')
  const [picked, setPicked] = useState<PersonView>()
  const [at, setAt] = useState<readonly [RoleCode, RoleCode]>()
  const bindings = useApi(listRoleBindings, { query: { personId, limit: 100 } }, { enabled: personId !== '' })
  const held = (personId ? (bindings.data?.items ?? []) : []).map((binding) => binding.role)
  const personName = picked?.name ?? bindings.data?.items[0]?.person.name
  const never = neverWith(held).map((one) => one.role)
  const mark = (code: RoleCode) => (held.includes(code) ? 'held' : never.includes(code) ? 'never' : '')
  const reason = at ? exclusionReason(...at) : undefined
  return (
    <ResourcePage title={w.title} meta={w.matrixMeta} tabs={<AccessTabs />}>
      <div className="page-split matrix-layout">
        <Card flush label={w.tabs.matrix}>
          <table className="matrix" onMouseLeave={() => setAt(undefined)}>
            <caption className="visually-hidden">{w.tabs.matrix}</caption>
            <thead>
              <tr>
                <td />
                {roleCodes.map((code) => (
                  <th key={code} scope="col" className={`${mark(code)}${at?.[1] === code ? ' at' : ''}`} title={nameOf(code)}>
                    {code}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {roleCodes.map((row) => (
                <tr key={row}>
                  <th scope="row" className={`${mark(row)}${at?.[0] === row ? ' at' : ''}`}>
                    <span className="matrix-name">{nameOf(row)}</span> <code>{row}</code>
                  </th>
                  {roleCodes.map((column) => (
                    <Cell key={column} row={row} column={column} held={held} never={never} at={at} onAt={setAt} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <div className="stack gap-16">
          <Card title={w.highlight}>
            <div className="stack gap-12">
              <PersonPicker
                label={w.person}
                required={false}
                person={picked}
                hint={w.highlightHint}
                onPick={(person) => {
                  setPicked(person)
                  setPersonId(person?.id ?? '')
                }}
              />
              {personId ? (
                <>
                  <ul className="legend">
                    {held.map((code) => (
                      <li key={code}>
                        <i className="key held" aria-hidden /> {nameOf(code)} <code className="faint">{code}</code>
                      </li>
                    ))}
                  </ul>
                  <p className="small muted">
                    {personName ? format.labelled(personName, w.neverCount(never.length)) : w.neverCount(never.length)}
                  </p>
                  <div>
                    <Button
                      size="small"
                      onClick={() => {
                        setPicked(undefined)
                        setPersonId('')
                      }}
                    >
                      {w.clear}
                    </Button>
                  </div>
                </>
              ) : null}
            </div>
          </Card>
          <Card label={w.excludes}>
            <ul className="legend">
              <li>
                <i className="key static" aria-hidden>
                  ✗
                </i>{' '}
                {w.static}
              </li>
              <li>
                <i className="key dynamic" aria-hidden>
                  △
                </i>{' '}
                {w.dynamicLegend}
              </li>
            </ul>
            <div className="matrix-why" aria-live="polite">
              {at && reason ? (
                <>
                  <b>{w.pair(nameOf(at[0]), nameOf(at[1]))}</b>
                  <p>{w.reasons[reason]}</p>
                </>
              ) : (
                <p className="faint">{w.pointAt}</p>
              )}
            </div>
          </Card>
        </div>
      </div>
    </ResourcePage>
  )
}

interface CellProps {
  row: RoleCode
  column: RoleCode
  held: readonly string[]
  never: readonly RoleCode[]
  at: readonly [RoleCode, RoleCode] | undefined
  onAt: (at: readonly [RoleCode, RoleCode] | undefined) => void
}
function Cell({ row, column, held, never, at, onAt }: CellProps) {
  const w = useWords(accessWords)
  const format = useFormat()
  const nameOf = useRoleName()
  if (row === column) return <td className="self" />
  const kind = exclusionOf(row, column)
  const crossing = at && (at[0] === row || at[1] === column)
  const bars = (held.includes(row) && never.includes(column)) || (held.includes(column) && never.includes(row))
  const reason = exclusionReason(row, column)
  return (
    <td className={`${kind ?? 'free'}${crossing ? ' crossing' : ''}${bars && kind === 'static' ? ' bars' : ''}`}>
      <button
        type="button"
        tabIndex={at?.[0] === row && at[1] === column ? 0 : row === roleCodes[1] && column === roleCodes[0] ? 0 : -1}
        data-cell={`${row}-${column}`}
        aria-label={format.labelled(
          w.pair(nameOf(row), nameOf(column)),
          `${kind === 'static' ? w.static : w.dynamicLegend}${reason ? ` ${w.reasons[reason]}` : ''}`,
        )}
        onMouseEnter={() => onAt([row, column])}
        onFocus={() => onAt([row, column])}
        onKeyDown={(event) => moveIn(event, row, column)}
      >
        {kind === 'static' ? '✗' : kind === 'dynamic' ? '△' : ''}
      </button>
    </td>
  )
}

/** Arrow keys walk over the matrix and jump across its diagonal. */
function moveIn(event: React.KeyboardEvent<HTMLButtonElement>, row: RoleCode, column: RoleCode): void {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
  if (!step) return
  event.preventDefault()
  let [i, j] = [roleCodes.indexOf(row), roleCodes.indexOf(column)]
  do {
    i += step[0]!
    j += step[1]!
  } while (i === j)
  event.currentTarget.closest('table')?.querySelector<HTMLButtonElement>(`[data-cell="${roleCodes[i]}-${roleCodes[j]}"]`)?.focus()
}

import './person-picker.css'
import { listPersons, type PersonView } from '@huabiao/domains/organization/organization.contract'
import { dictionary, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Field } from '@huabiao/ui/primitives/Field'
import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import { useApi } from '../api/hooks.ts'

const words = dictionary(
  { placeholder: '输入姓名查找', none: '没有找到', searching: '正在查找…' },
  { placeholder: 'Type a name', none: 'Nobody found', searching: 'Searching…' },
)

export interface PersonPickerProps {
  label: string
  person: PersonView | undefined
  onPick: (person: PersonView | undefined) => void
  /** Of one unit only. */
  tenantId?: string
  hint?: string
  required?: boolean
  /** In a bar of filters: its label stands inside. */
  bare?: boolean
}
/** One natural person by name: typed, chosen with arrows and Enter. */
export function PersonPicker({ label, person, onPick, tenantId, hint, required = true, bare = false }: PersonPickerProps) {
  const w = useWords(words)
  const listId = useId()
  const [text, setText] = useState(person?.name ?? '')
  const [asked, setAsked] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 200)
    return () => clearTimeout(timer)
  }, [text])
  const found = useApi(
    listPersons,
    { query: { status: 'active', limit: 8, ...(asked ? { text: asked } : {}), ...(tenantId ? { tenantId } : {}) } },
    { enabled: open },
  )
  // What is listed answers what is typed, or nothing is: Enter right after a name must not take whoever stood first before it.
  const searching = found.isPending || asked !== text.trim()
  const items = searching ? [] : (found.data?.items ?? [])
  const pick = (one: PersonView) => {
    onPick(one)
    setText(one.name)
    setOpen(false)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setOpen(true)
      setAt((at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % Math.max(1, items.length))
    }
    if (event.key === 'Enter' && open) {
      event.preventDefault()
      const chosen = items[at]
      if (chosen) pick(chosen)
    }
    if (event.key === 'Escape' && open) {
      event.stopPropagation()
      setOpen(false)
    }
  }
  return (
    <Field
      label={label}
      hideLabel={bare}
      required={required && !bare}
      hint={bare ? undefined : person ? `${person.unitName}${person.departmentName ? ` · ${person.departmentName}` : ''}` : hint}
    >
      {(wired) => (
        <div className="picker">
          <input
            {...wired}
            className="input"
            role="combobox"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && items[at] ? `${listId}-${at}` : undefined}
            autoComplete="off"
            placeholder={bare ? label : w.placeholder}
            value={text}
            onFocus={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onChange={(event) => {
              setText(event.target.value)
              setAt(0)
              setOpen(true)
              if (person) onPick(undefined)
            }}
            onKeyDown={press}
          />
          {open ? (
            <div id={listId} className="picker-list" role="listbox" aria-label={label}>
              {found.error ? <ProblemNote error={found.error} compact /> : null}
              {searching && !found.error ? <div className="picker-none">{w.searching}</div> : null}
              {!searching && found.data && items.length === 0 ? <div className="picker-none">{w.none}</div> : null}
              {items.map((one, index) => (
                <div
                  key={one.id}
                  id={`${listId}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === at}
                  className={index === at ? 'on' : ''}
                  // Before the field loses its focus and closes the list.
                  onMouseDown={(event) => {
                    event.preventDefault()
                    pick(one)
                  }}
                  onMouseEnter={() => setAt(index)}
                >
                  <span>{one.name}</span>
                  <span className="faint small clip">
                    {one.unitName}
                    {one.departmentName ? ` · ${one.departmentName}` : ''}
                  </span>
                </div>
              ))}
            </div>
          ) : null}
        </div>
      )}
    </Field>
  )
}

import './change.css'
import { changeStates, risks } from '@huabiao/domains/change/change.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import type { ReactNode } from 'react'
import { useSearchParams } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { useParam, withParams } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { changeWords } from './change-words.ts'

const has = <T extends string>(values: readonly T[], value: string): value is T => (values as readonly string[]).includes(value)
const uuid = /^[0-9a-f-]{36}$/

/** The filters of the list, all of them in the address: a view is a link that can be sent. */
export function useChangeQuery() {
  const [search] = useSearchParams()
  const get = (name: string): string => search.get(name) ?? ''
  const [show, state, risk, system, person, text] = ['show', 'state', 'risk', 'system', 'person', 'text'].map(get) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    ...(has(changeStates, state)
      ? { state }
      : show === '' || show === 'open'
        ? { state: 'open' as const }
        : show === 'running'
          ? { state: 'running' as const }
          : {}),
    ...(show === 'mine' ? { mine: 'true' as const } : {}),
    ...(has(risks, risk) ? { risk } : {}),
    ...(uuid.test(system) ? { systemId: system } : {}),
    ...(uuid.test(person) ? { personId: person } : {}),
    ...(text ? { text } : {}),
  }
}

export function ChangeFilters({ children }: { children: ReactNode }) {
  const w = useWords(changeWords)
  const can = useCan()
  const [search, setSearch] = useSearchParams()
  const [state, setState] = useParam('state')
  const [risk, setRisk] = useParam('risk')
  const [system, setSystem] = useParam('system')
  const [typed, setTyped] = useSearchText('text')
  const systems = useApi(listSystems, { query: { limit: 100 } })
  const filtered = [...search.keys()].some((key) => key !== 'show')
  return (
    <div className="filter-bar change-filters">
      {children}
      <SearchField label={w.search} value={typed} onChange={setTyped} />
      <SelectField
        label={w.state}
        hideLabel
        placeholder={w.anyState}
        value={state}
        onChange={setState}
        options={changeStates.map((value) => ({ value, label: w.states[value] }))}
      />
      <SelectField
        label={w.risk}
        hideLabel
        placeholder={w.anyRisk}
        value={risk}
        onChange={setRisk}
        options={risks.map((value) => ({ value, label: w.risks[value] ?? value }))}
      />
      <SelectField
        label={w.system}
        hideLabel
        placeholder={w.anySystem}
        value={system}
        onChange={setSystem}
        options={(systems.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
      {can('organization:read') ? <PersonFilter /> : null}
      {filtered ? (
        <Button
          tone="quiet"
          icon="close"
          onClick={() => setSearch((before) => new URLSearchParams(before.get('show') ? { show: before.get('show')! } : {}))}
        >
          {w.clearFilters}
        </Button>
      ) : null}
    </div>
  )
}

/** The name stands in the address beside the id, so that a link that was sent still says whose changes it shows. */
function PersonFilter() {
  const w = useWords(changeWords)
  const [search, setSearch] = useSearchParams()
  const choose = (person?: string, name?: string) => setSearch(withParams({ person, name }), { replace: true })
  if (search.get('person'))
    return (
      <Button icon="person" onClick={() => choose()} label={`${w.anyPerson} ${search.get('name') ?? ''} · ${w.clearFilters}`}>
        {search.get('name') ?? w.anyPerson} ×
      </Button>
    )
  return <PersonPicker label={w.anyPerson} bare person={undefined} onPick={(picked) => choose(picked?.id, picked?.name)} />
}

import { violationFilters } from '@huabiao/domains/violation/violation.contract'
import { entryIds, severities } from '@huabiao/domains/violation/violation.model'
import { violationStates } from '@huabiao/domains/violation/violation-life.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useSearchParams } from 'react-router'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { violationWords } from './violation-words.ts'

const has = <T extends string>(values: readonly T[], value: string): value is T => (values as readonly string[]).includes(value)

/** The filters of the list, all of them in the address. */
export function useViolationQuery() {
  const [search] = useSearchParams()
  const get = (name: string): string => search.get(name) ?? ''
  const show = get('show')
  return {
    show: has(violationFilters, show) ? show : ('open' as const),
    ...(has(violationStates, get('state')) ? { state: get('state') as (typeof violationStates)[number] } : {}),
    ...(has(entryIds, get('entry')) ? { entry: get('entry') as (typeof entryIds)[number] } : {}),
    ...(has(severities, get('severity')) ? { severity: get('severity') as (typeof severities)[number] } : {}),
    ...(get('text') ? { text: get('text') } : {}),
  }
}

export function ViolationFilters() {
  const w = useWords(violationWords)
  const { show } = useViolationQuery()
  const [search, setSearch] = useSearchParams()
  const [, setShow] = useParam('show')
  const [typed, setTyped] = useSearchText('text')
  const filtered = [...search.keys()].some((key) => key !== 'show' && key !== 'figures')
  return (
    <div className="filter-bar violation-filters">
      <Segmented
        label={w.state}
        value={show}
        onChange={(next) => setShow(next === 'open' ? '' : next)}
        options={violationFilters.map((value) => ({ value, label: w.shows[value] }))}
      />
      <SearchField label={w.search} value={typed} onChange={setTyped} />
      <OneOf
        name="entry"
        label={w.anyEntry}
        options={entryIds.map((value) => ({ value, label: `${value} ${w.entries[value]}` }))}
      />
      <OneOf name="severity" label={w.anySeverity} options={severities.map((value) => ({ value, label: w.severities[value] }))} />
      <OneOf name="state" label={w.anyState} options={violationStates.map((value) => ({ value, label: w.states[value] }))} />
      {filtered ? (
        <Button
          tone="quiet"
          icon="close"
          onClick={() => {
            setTyped('')
            setSearch(show === 'open' ? {} : { show }, { replace: true })
          }}
        >
          {w.clearFilters}
        </Button>
      ) : null}
    </div>
  )
}

function OneOf({ name, label, options }: { name: string; label: string; options: { value: string; label: string }[] }) {
  const [value, set] = useParam(name)
  return <SelectField label={label} hideLabel placeholder={label} value={value} onChange={set} options={options} />
}

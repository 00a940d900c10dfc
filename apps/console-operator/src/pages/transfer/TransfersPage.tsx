import { listTransfers } from '@huabiao/domains/transfer/transfer.contract'
import { channels, directions, transferStates } from '@huabiao/domains/transfer/transfer.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { usePages } from '../../api/hooks.ts'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { TransferTable } from './TransferTable.tsx'
import { TransferTabs } from './TransferTabs.tsx'
import { transferWords } from './transfer-words.ts'

/** Every file that moved or was to move (文件传输). */
export function Page() {
  const w = useWords(transferWords)
  const [state, setState] = useParam('state')
  const [direction, setDirection] = useParam('direction')
  const [channel, setChannel] = useParam('channel')
  const [typed, setTyped, text] = useSearchText('text')
  const chosen = { state, direction, channel, text }
  const query = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value))
  const pages = usePages(listTransfers, query, { everyMs: 5_000 })
  const select = (of: {
    label: string
    value: string
    set: (value: string) => void
    names: Record<string, string>
    among: readonly string[]
  }) => (
    <SelectField
      label={of.label}
      hideLabel
      value={of.value}
      onChange={of.set}
      options={[{ value: '', label: of.label }, ...of.among.map((value) => ({ value, label: of.names[value] ?? value }))]}
    />
  )
  return (
    <ResourcePage title={w.title} meta={w.lead} tabs={<TransferTabs />}>
      <Card
        flush
        label={w.title}
        title={
          <div className="row gap-8 transfer-filters">
            {select({ label: w.anyState, value: state, set: setState, names: w.states, among: transferStates })}
            {select({ label: w.anyDirection, value: direction, set: setDirection, names: w.directions, among: directions })}
            {select({ label: w.anyChannel, value: channel, set: setChannel, names: w.channels, among: channels })}
          </div>
        }
        extra={<SearchField label={w.search} value={typed} onChange={setTyped} />}
      >
        <TransferTable pages={pages} empty={<EmptyState title={w.empty} text={w.emptyText} icon="download" />} />
      </Card>
    </ResourcePage>
  )
}

import { listQuarantine } from '@huabiao/domains/transfer/transfer.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { usePages } from '../../api/hooks.ts'
import { TransferTable } from './TransferTable.tsx'
import { TransferTabs } from './TransferTabs.tsx'
import { transferWords } from './transfer-words.ts'

/** What was refused and is still kept (隔离区), for those who look into it. */
export function Page() {
  const w = useWords(transferWords)
  const pages = usePages(listQuarantine, {}, { everyMs: 10_000 })
  return (
    <ResourcePage title={w.title} meta={w.quarantineLead} tabs={<TransferTabs />}>
      <Card flush label={w.tabs.quarantine}>
        <TransferTable pages={pages} kept empty={<EmptyState title={w.emptyQuarantine} icon="check" />} />
      </Card>
    </ResourcePage>
  )
}

import { useWords } from '@huabiao/ui/i18n/language'
import { LinkTabs } from '@huabiao/ui/primitives/Tabs'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { transferWords } from './transfer-words.ts'

export function TransferTabs() {
  const w = useWords(transferWords)
  const can = useCan()
  const tabs = [
    { to: paths.transfers, label: w.tabs.transfers },
    { to: paths.tickets, label: w.tabs.tickets },
    ...(can('quarantine:read') ? [{ to: paths.quarantine, label: w.tabs.quarantine }] : []),
  ]
  return <LinkTabs label={w.title} tabs={tabs} />
}

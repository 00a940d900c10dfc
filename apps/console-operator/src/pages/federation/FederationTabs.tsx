import { useWords } from '@huabiao/ui/i18n/language'
import { LinkTabs } from '@huabiao/ui/primitives/Tabs'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { federationWords } from './federation-words.ts'

export function FederationTabs() {
  const w = useWords(federationWords)
  const can = useCan()
  return (
    <LinkTabs
      label={w.title}
      tabs={[
        { to: paths.sources, label: w.tabs.sources },
        { to: paths.proposals, label: w.tabs.proposals },
        ...(can('oidc-client:read') ? [{ to: paths.oidcClients, label: w.tabs.clients }] : []),
        ...(can('service-identity:read') ? [{ to: paths.serviceIdentities, label: w.tabs.services }] : []),
      ]}
    />
  )
}

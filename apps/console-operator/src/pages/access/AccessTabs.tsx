import { useWords } from '@huabiao/ui/i18n/language'
import { LinkTabs } from '@huabiao/ui/primitives/Tabs'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { accessWords } from './access-words.ts'

export function AccessTabs() {
  const w = useWords(accessWords)
  const can = useCan()
  return (
    <LinkTabs
      label={w.title}
      tabs={[
        { to: paths.roles, label: w.tabs.roles },
        { to: paths.matrix, label: w.tabs.matrix },
        { to: paths.bindings, label: w.tabs.bindings },
        ...(can('policy:read')
          ? [
              { to: paths.policies, label: w.tabs.policies },
              { to: paths.simulator, label: w.tabs.simulator },
            ]
          : []),
      ]}
    />
  )
}

import { useWords } from '@huabiao/ui/i18n/language'
import { LinkTabs } from '@huabiao/ui/primitives/Tabs'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { lifecycleWords } from './lifecycle-words.ts'

/** Reviewers and successors come here without overseeing anybody: they see what waits for them. */
export function PeopleTabs() {
  const w = useWords(lifecycleWords)
  const can = useCan()
  const oversees = can('lifecycle:oversee')
  return (
    <LinkTabs
      label={w.title}
      tabs={[
        { to: paths.people, label: w.tabs.departures },
        ...(oversees
          ? [
              { to: paths.joiners, label: w.tabs.joiners },
              { to: paths.accountNorms, label: w.tabs.norms },
            ]
          : []),
        { to: paths.recertifications, label: w.tabs.reviews },
        ...(oversees ? [{ to: paths.accessReview, label: w.tabs.access }] : []),
      ]}
    />
  )
}

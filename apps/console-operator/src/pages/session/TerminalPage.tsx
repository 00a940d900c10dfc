import { useWords } from '@huabiao/ui/i18n/language'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { useSearchParams } from 'react-router'
import { paths } from '../../app/paths.ts'
import { initialCommand } from './initial-command.ts'
import { LiveTerminal } from './LiveTerminal.tsx'
import { ObserveButton } from './ObserveDialog.tsx'
import { sessionWords } from './session-words.ts'

export function Page() {
  const w = useWords(sessionWords)
  const [search] = useSearchParams()
  return (
    <ResourcePage
      title={w.terminalTitle}
      crumbs={[{ to: paths.sessions, label: w.title }]}
      meta={<span>{w.terminalText}</span>}
      actions={<ObserveButton />}
    >
      <Card flush label={w.terminalTitle} className="terminal-page">
        <LiveTerminal first={initialCommand(search.get('run'))} />
      </Card>
    </ResourcePage>
  )
}

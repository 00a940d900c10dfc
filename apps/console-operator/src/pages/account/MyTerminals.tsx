import { listMyTerminals, requestTerminal } from '@huabiao/domains/identity/identity.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { TerminalTag } from '../organization/TerminalTag.tsx'
import { terminalWords } from '../organization/terminal-words.ts'
import { myAccountWords } from './my-account-words.ts'

export function MyTerminals() {
  const w = useWords(myAccountWords)
  const t = useWords(terminalWords)
  const format = useFormat()
  const found = useApi(listMyTerminals)
  const [asking, setAsking] = useState(false)
  const items = found.data?.items
  return (
    <Card
      flush
      title={w.terminals}
      extra={
        <Button size="small" icon="plus" onClick={() => setAsking(true)}>
          {w.terminalAsk}
        </Button>
      }
    >
      {found.error ? <ProblemNote error={found.error} compact /> : null}
      {items?.length === 0 ? <p className="pad muted">{w.terminalsNone}</p> : null}
      {items?.map((terminal) => (
        <div key={terminal.id} className="credential">
          <Icon name="host" size={16} />
          <div className="stack grow">
            <span className="row gap-8">
              {terminal.name} {terminal.current ? <StatusTag tone="info">{t.current}</StatusTag> : null}
            </span>
            <span className="muted small">
              {t.kinds[terminal.kind]} {terminal.cidr ?? ''} · {w.added(format.dateTime(terminal.requestedAt))}
            </span>
          </div>
          <TerminalTag status={terminal.status} />
        </div>
      ))}
      {asking ? <AskDialog onClose={() => setAsking(false)} /> : null}
    </Card>
  )
}

function AskDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(myAccountWords)
  const ui = useWords(uiWords)
  const [name, setName] = useState('')
  const ask = useAct(requestTerminal, {
    onDone: () => {
      toast(w.terminalDone)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.terminalAsk}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={ask.isPending}
            disabledReason={name.trim() ? undefined : ui.missing(w.terminalName)}
            onClick={() => ask.mutate({ body: { name } })}
          >
            {w.confirm}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {ask.error ? <ProblemNote error={ask.error} compact /> : null}
        <TextField label={w.terminalName} value={name} onChange={setName} required hint={w.terminalHint} maxLength={120} />
      </div>
    </Dialog>
  )
}

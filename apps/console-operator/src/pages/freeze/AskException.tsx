import { listChanges } from '@huabiao/domains/change/change.contract'
import { type FreezeView, requestException } from '@huabiao/domains/freeze/freeze.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { freezeWords } from './freeze-words.ts'

export function AskException({ freeze, onClose }: { freeze: FreezeView; onClose: () => void }) {
  const w = useWords(freezeWords)
  const [changeId, setChangeId] = useState('')
  const [reason, setReason] = useState('')
  const mine = useApi(listChanges, { query: { state: 'open', mine: 'true', limit: 100 } })
  const ask = useAct(requestException, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const changes = mine.data?.items ?? []
  const error = ask.error ?? mine.error
  const complete = changeId !== '' && reason.trim() !== ''
  return (
    <Dialog
      title={`${w.ask} · ${freeze.name}`}
      open
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={ask.isPending}
            disabledReason={complete ? undefined : w.askHint}
            onClick={() => ask.mutate({ params: { freezeId: freeze.id }, body: { changeId, reason } })}
          >
            {w.ask}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <p className="muted">{w.exceptionsText}</p>
        <SelectField
          label={w.change}
          required
          value={changeId}
          onChange={setChangeId}
          placeholder={mine.data && changes.length === 0 ? w.noChanges : w.choose}
          options={changes.map((change) => ({ value: change.id, label: `${change.no} ${change.title}` }))}
        />
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} rows={3} hint={w.askHint} />
      </div>
    </Dialog>
  )
}

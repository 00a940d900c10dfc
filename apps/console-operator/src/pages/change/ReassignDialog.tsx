import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { listSuccessors, reassignApprover } from '@huabiao/domains/change/change-approval.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { changeWords } from './change-words.ts'
import { deadlineWords } from './deadline-words.ts'
import type { Stage } from './StageSeats.tsx'

/** Approver change (审批人员变更): from whom, to whom, and why. Whom the server would refuse is not offered. */
export function ReassignDialog({ change, stage, onClose }: { change: ChangeDetail; stage: Stage; onClose: () => void }) {
  const w = useWords(deadlineWords)
  const c = useWords(changeWords)
  const [fromId, setFromId] = useState(stage.candidates.length === 1 ? (stage.candidates[0]?.id ?? '') : '')
  const [toId, setToId] = useState('')
  const [reason, setReason] = useState('')
  const params = { changeId: change.id }
  const found = useApi(listSuccessors, { params, query: { stage: stage.key, fromId } }, { enabled: fromId !== '' })
  const run = useAct(reassignApprover, {
    onDone: () => {
      toast(w.reassigned)
      onClose()
    },
  })
  const people = found.data?.people ?? []
  const missing = fromId === '' ? w.from : toId === '' ? w.to : reason.trim() === '' ? w.reason : undefined
  const options = (of: readonly { id: string; name: string }[]) => of.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Dialog
      title={`${w.reassign} · ${c.stageNames[stage.key.replace(/-\d+$/, '')] ?? stage.key}`}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={run.isPending}
            disabledReason={missing}
            onClick={() => run.mutate({ params, body: { stage: stage.key, fromId, toId, reason: reason.trim() } })}
          >
            {w.reassign}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <SelectField
          label={w.from}
          required
          placeholder={w.choose}
          value={fromId}
          onChange={(id) => {
            setFromId(id)
            setToId('')
          }}
          options={options(stage.candidates)}
        />
        <SelectField
          label={w.to}
          required
          placeholder={w.choose}
          value={toId}
          onChange={setToId}
          options={options(people)}
          hint={found.data && people.length === 0 ? w.nobody : undefined}
        />
        <TextArea label={w.reason} required value={reason} onChange={setReason} maxLength={500} />
        {found.error ? <ProblemNote error={found.error} compact /> : null}
        {run.error ? <ProblemNote error={run.error} /> : null}
      </div>
    </Dialog>
  )
}

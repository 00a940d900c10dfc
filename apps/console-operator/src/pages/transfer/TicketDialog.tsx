import './transfer.css'
import { getChange } from '@huabiao/domains/change/change.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { requestTicket } from '@huabiao/domains/transfer/transfer-ticket.contract'
import { type DataClass, dataClasses, ticketMaxDownloads, ticketMaxHours } from '@huabiao/domains/transfer/transfer-ticket.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { ticketWords } from './ticket-words.ts'

interface Draft {
  changeId: string
  targetId: string
  path: string
  purpose: string
  dataClass: DataClass
  hours: number
  downloads: number
}
const empty: Draft = { changeId: '', targetId: '', path: '', purpose: '', dataClass: 'internal', hours: 8, downloads: 1 }
const isSensitive = (dataClass: DataClass): boolean => dataClass === 'sensitive' || dataClass === 'personal'

/** One file of one target, for a change that the person carries out. */
export function TicketDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(ticketWords)
  const ui = useWords(uiWords)
  const navigate = useNavigate()
  const [draft, setDraft] = useState(empty)
  const work = useApi(getMyWork)
  const changes = work.data?.executing ?? []
  const changeId = draft.changeId || (changes.length === 1 ? changes[0]!.id : '')
  const ask = useAct(requestTicket, { onDone: (ticket) => void navigate(paths.ticket(ticket.id)) })
  const error = ask.error ?? work.error
  const nothing = work.data !== undefined && changes.length === 0
  const missing = changeId
    ? draft.targetId
      ? draft.path.startsWith('/')
        ? draft.purpose.trim()
          ? undefined
          : w.purpose
        : w.path
      : w.target
    : w.change
  const send = () => {
    const { path, purpose, dataClass, downloads } = draft
    const once = isSensitive(dataClass) ? 1 : downloads
    ask.mutate({ body: { ...draft, changeId, path: path.trim(), purpose: purpose.trim(), downloads: once } })
  }
  return (
    <Dialog
      title={w.ask}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button tone="primary" busy={ask.isPending} disabledReason={missing ? ui.missing(missing) : undefined} onClick={send}>
            {w.submit}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <p className="muted">{nothing ? w.noChange : w.askText}</p>
        {nothing ? null : (
          <>
            <SelectField
              label={w.change}
              required
              value={changeId}
              placeholder={w.change}
              onChange={(id) => setDraft({ ...draft, changeId: id, targetId: '' })}
              options={changes.map((one) => ({ value: one.id, label: `${one.no} ${one.title}` }))}
            />
            <TicketFields draft={{ ...draft, changeId }} onChange={setDraft} />
          </>
        )}
        {error ? <ProblemNote error={error} compact /> : null}
      </div>
    </Dialog>
  )
}

function TicketFields({ draft, onChange }: { draft: Draft; onChange: (next: Draft) => void }) {
  const w = useWords(ticketWords)
  const { changeId, dataClass } = draft
  const { data: change, error } = useApi(getChange, { params: { changeId } }, { enabled: changeId !== '' })
  const sensitive = isSensitive(dataClass)
  return (
    <>
      {error ? <ProblemNote error={error} compact /> : null}
      <SelectField
        label={w.target}
        required
        value={draft.targetId}
        placeholder={w.target}
        onChange={(targetId) => onChange({ ...draft, targetId })}
        options={(change?.targets ?? []).map((one) => ({ value: one.id, label: `${one.name} · ${one.systemName}` }))}
      />
      <TextField
        label={w.path}
        required
        mono
        value={draft.path}
        onChange={(path) => onChange({ ...draft, path })}
        maxLength={300}
        spellCheck={false}
      />
      <TextArea
        label={w.purpose}
        required
        rows={2}
        value={draft.purpose}
        onChange={(purpose) => onChange({ ...draft, purpose })}
        maxLength={500}
      />
      <div className="ticket-limits">
        <SelectField
          label={w.dataClass}
          value={dataClass}
          onChange={(next) => onChange({ ...draft, dataClass: next })}
          options={dataClasses.map((value) => ({ value, label: w.classes[value] ?? value }))}
        />
        <NumberField
          label={w.hours}
          value={draft.hours}
          min={1}
          max={ticketMaxHours}
          onChange={(hours) => onChange({ ...draft, hours: hours ?? 1 })}
        />
        <NumberField
          label={w.downloads}
          value={sensitive ? 1 : draft.downloads}
          min={1}
          max={sensitive ? 1 : ticketMaxDownloads}
          onChange={(downloads) => onChange({ ...draft, downloads: downloads ?? 1 })}
        />
      </div>
      {sensitive ? <p className="muted small">{w.once}</p> : null}
    </>
  )
}

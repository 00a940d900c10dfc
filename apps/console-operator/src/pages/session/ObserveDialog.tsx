import { type ChangeDetail, getChange } from '@huabiao/domains/change/change.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { openObserve } from '@huabiao/domains/session/session.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { observeWords } from './observe-words.ts'

/** Opens an observe session: for a change where one is given, otherwise for one that the person executes (RL-19). */
export function ObserveButton({ change }: { change?: ChangeDetail }) {
  const w = useWords(observeWords)
  const can = useCan()
  const me = useMe()
  const [open, setOpen] = useState(false)
  const isPurpose =
    !change || (change.executor?.id === me.person.id && change.approvedPlanHash !== null && change.outcome === null)
  if (!can('session:observe') || !isPurpose) return null
  return (
    <>
      <Button icon="watch" onClick={() => setOpen(true)}>
        {w.open}
      </Button>
      {open ? <ObserveDialog {...(change ? { changeId: change.id } : {})} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

function ObserveDialog({ changeId: given, onClose }: { changeId?: string; onClose: () => void }) {
  const w = useWords(observeWords)
  const navigate = useNavigate()
  const [chosen, setChosen] = useState(given ?? '')
  const [targetId, setTargetId] = useState('')
  const [account, setAccount] = useState('')
  const [purpose, setPurpose] = useState('')
  const work = useApi(getMyWork, {}, { enabled: given === undefined })
  const changes = work.data?.executing ?? []
  const changeId = chosen || (changes.length === 1 ? changes[0]!.id : '')
  const { data: change, error: unknown } = useApi(getChange, { params: { changeId } }, { enabled: changeId !== '' })
  const targets = change?.targets ?? []
  const target = targets.find((one) => one.id === targetId) ?? (targets.length === 1 ? targets[0] : undefined)
  const accounts = target?.accounts ?? []
  const start = useAct(openObserve, { onDone: (session) => void navigate(paths.session(session.id)) })
  const error = start.error ?? work.error ?? unknown
  const complete = target !== undefined && purpose.trim() !== ''
  const nothing = given === undefined && work.data !== undefined && changes.length === 0
  const begin = () => {
    if (!target || purpose.trim() === '') return
    start.mutate({ body: { changeId, targetId: target.id, purpose, ...(account ? { account } : {}) } })
  }
  return (
    <Dialog
      title={w.openTitle}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button tone="primary" busy={start.isPending} disabledReason={complete ? undefined : w.incomplete} onClick={begin}>
            {w.start}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        <p className="muted">{nothing ? w.noChange : w.openText}</p>
        {error ? <ProblemNote error={error} compact /> : null}
        {given === undefined && !nothing ? (
          <SelectField
            label={w.change}
            required
            value={changeId}
            onChange={setChosen}
            placeholder={w.change}
            hint={w.changeHint}
            options={changes.map((one) => ({ value: one.id, label: `${one.no} ${one.title}` }))}
          />
        ) : null}
        {nothing ? null : (
          <>
            <SelectField
              label={w.target}
              required
              value={target?.id ?? ''}
              onChange={setTargetId}
              placeholder={w.target}
              options={targets.map((one) => ({ value: one.id, label: `${one.name} · ${one.systemName}` }))}
            />
            {accounts.length > 1 ? (
              <SelectField
                label={w.account}
                value={account}
                onChange={setAccount}
                options={[{ value: '', label: '—' }, ...accounts.map((name) => ({ value: name, label: name }))]}
              />
            ) : null}
            <TextField label={w.purpose} required value={purpose} onChange={setPurpose} hint={w.purposeHint} maxLength={200} />
          </>
        )}
      </div>
    </Dialog>
  )
}

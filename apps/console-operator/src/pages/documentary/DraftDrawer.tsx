import { type DocumentaryDetail, draftDocumentary, saveDocumentary } from '@huabiao/domains/documentary/documentary.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { documentaryWords } from './documentary-words.ts'

interface Duty {
  title: string
  dueAt: string | null
}
interface Draft {
  class: '7' | '8'
  title: string
  partner: string
  reason: string
  effectiveFrom: string | null
  obligations: Duty[]
}
const blank: Draft = { class: '7', title: '', partner: '', reason: '', effectiveFrom: null, obligations: [] }
const draftOf = ({ title, partner, reason, effectiveFrom, ...found }: DocumentaryDetail): Draft => ({
  class: found.class === 7 ? '7' : '8',
  title,
  partner,
  reason,
  effectiveFrom,
  obligations: found.obligations.map((duty) => ({ title: duty.title, dueAt: duty.dueAt })),
})

/** A new case, or the draft of one that is `found`. */
export function DraftDrawer({ found, onClose }: { found?: DocumentaryDetail; onClose: () => void }) {
  const w = useWords(documentaryWords)
  const go = useNavigate()
  const [draft, setDraft] = useState(() => (found ? draftOf(found) : blank))
  const set = (patch: Partial<typeof draft>) => setDraft({ ...draft, ...patch })
  const create = useAct(draftDocumentary, { onDone: ({ id }) => void go(paths.documentaryCase(id)) })
  const save = useAct(saveDocumentary, {
    onDone: () => {
      toast(w.saved)
      onClose()
    },
  })
  const parsed = draftDocumentary.body.safeParse({ ...draft, class: Number(draft.class) })
  const submit = () => {
    if (!parsed.success) return
    if (found) save.mutate({ params: { documentaryId: found.id }, body: parsed.data })
    else create.mutate({ body: parsed.data })
  }
  const error = create.error ?? save.error
  return (
    <Drawer
      title={found ? `${w.acts.save} · ${found.no}` : `${w.draft} · ${w.title}`}
      open
      onClose={onClose}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={create.isPending || save.isPending}
            disabledReason={parsed.success ? undefined : w.draftHint}
            onClick={submit}
          >
            {found ? w.save : w.draft}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <SelectField
          label={w.class}
          value={draft.class}
          onChange={(one) => set({ class: one })}
          options={(['7', '8'] as const).map((value) => ({ value, label: w.classes[value] }))}
        />
        <TextField label={w.name} value={draft.title} onChange={(title) => set({ title })} required maxLength={120} />
        <TextField label={w.partner} value={draft.partner} onChange={(partner) => set({ partner })} required maxLength={120} />
        <TextArea
          label={w.reason}
          value={draft.reason}
          onChange={(reason) => set({ reason })}
          required
          maxLength={4000}
          rows={3}
        />
        <DateTimeField
          label={w.effectiveFrom}
          value={draft.effectiveFrom}
          onChange={(effectiveFrom) => set({ effectiveFrom })}
          required
        />
        <Duties duties={draft.obligations} onChange={(obligations) => set({ obligations })} />
      </div>
    </Drawer>
  )
}

function Duties({ duties, onChange }: { duties: readonly Duty[]; onChange: (duties: Duty[]) => void }) {
  const w = useWords(documentaryWords)
  const put = (at: number, patch: Partial<Duty>) => onChange(duties.map((one, i) => (i === at ? { ...one, ...patch } : one)))
  return (
    <fieldset className="field">
      <legend className="field-label">{w.obligations}</legend>
      <div className="stack gap-8">
        {duties.map((duty, i) => (
          <div key={i} className="row gap-8 top">
            <div className="grow">
              <TextField
                label={w.obligationTitle}
                value={duty.title}
                onChange={(title) => put(i, { title })}
                required
                maxLength={120}
              />
            </div>
            <DateTimeField label={w.dueAt} value={duty.dueAt} onChange={(dueAt) => put(i, { dueAt })} required />
            <Button size="small" tone="quiet" icon="delete" onClick={() => onChange(duties.filter((_, at) => at !== i))}>
              {w.remove}
            </Button>
          </div>
        ))}
        <div>
          <Button size="small" icon="plus" onClick={() => onChange([...duties, { title: '', dueAt: null }])}>
            {w.addObligation}
          </Button>
        </div>
      </div>
    </fieldset>
  )
}

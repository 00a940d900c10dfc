import type { RoleCode } from '@huabiao/domains/access/access.model'
import { draftPolicy, type PolicyView } from '@huabiao/domains/access/access-policy.contract'
import { type PolicyDocument, policyRefusal } from '@huabiao/domains/access/access-policy.model'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote, RefusalHint, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { PolicyFields } from './PolicyForm.tsx'
import { documentOf, formOf, judgeDocument, judgeText, newStatement, type PolicyForm } from './policy-form.ts'
import { policyFormWords } from './policy-form-words.ts'
import { usePolicyNames } from './policy-names.ts'
import { sentencesOf } from './policy-sentence.ts'
import { policyWords } from './policy-words.ts'
import { RolesField } from './RolesField.tsx'

type Writing = { readonly form: PolicyForm } | { readonly text: string }
const indented = (document: unknown): string => JSON.stringify(document, null, 2)
/** By fields where they can say it as it stands, else as JSON. */
const opened = (document: PolicyDocument): Writing => {
  const form = formOf(document)
  return form ? { form } : { text: indented(document) }
}

/** A draft, new or begun from another policy. */
export function PolicyDraft({ from, onClose }: { from: PolicyView | undefined; onClose: () => void }) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  const ui = useWords(uiWords)
  const [name, setName] = useState(from?.name ?? '')
  const [roles, setRoles] = useState<RoleCode[]>(from?.roles ?? [])
  const [writing, write] = useState<Writing>(() => (from ? opened(from.document) : { form: [newStatement] }))
  const draft = useAct(draftPolicy, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const { document, wrong } = 'form' in writing ? judgeDocument(documentOf(writing.form)) : judgeText(writing.text)
  const names = usePolicyNames(document?.statements.some((of) => of.condition?.persons ?? of.unless?.persons) ?? false)
  const refusal = document && roles.length > 0 ? policyRefusal(document, roles) : undefined
  const missing = name.trim() === '' ? w.name : roles.length === 0 ? w.roles : document ? undefined : f.document
  return (
    <Drawer
      title={w.draft}
      open
      onClose={onClose}
      width={1160}
      extra={<LinkButton to={paths.simulator}>{f.simulate}</LinkButton>}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={draft.isPending}
            disabledReason={refusal ? <RefusalHint code={refusal} /> : missing ? ui.missing(missing) : undefined}
            onClick={() => document && draft.mutate({ body: { name, roles, document } })}
          >
            {w.submit}
          </Button>
        </>
      }
    >
      <div className="policy-draft">
        <div className="stack gap-16">
          {draft.error ? <ProblemNote error={draft.error} compact /> : null}
          <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
          <RolesField label={w.roles} hint={w.rolesHint} chosen={roles} onChange={setRoles} />
          {'form' in writing ? (
            <PolicyFields form={writing.form} onChange={(form) => write({ form })} wrong={wrong} names={names} />
          ) : (
            <TextArea
              label={w.document}
              value={writing.text}
              onChange={(text) => write({ text })}
              rows={24}
              mono
              required
              hint={w.documentHint}
              error={wrong[0] === undefined ? undefined : w.invalid(wrong[0] || '/')}
            />
          )}
        </div>
        <aside className="stack gap-12">
          <Switch writing={writing} document={document} onChange={write} />
          {from && !formOf(from.document) ? <p className="muted small">{f.beginBeyond}</p> : null}
          {refusal ? <RefusalNote code={refusal} compact /> : null}
          <Meaning document={document} roles={roles} names={names} />
          {'form' in writing ? (
            <section className="stack gap-6" aria-label={f.json}>
              <span className="field-label">{f.json}</span>
              <pre className="json small">{indented(documentOf(writing.form))}</pre>
            </section>
          ) : null}
        </aside>
      </div>
    </Drawer>
  )
}

interface SwitchProps {
  writing: Writing
  document: PolicyDocument | undefined
  onChange: (writing: Writing) => void
}
function Switch({ writing, document, onChange }: SwitchProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  if ('form' in writing)
    return (
      <div>
        <Button onClick={() => onChange({ text: indented(documentOf(writing.form)) })}>{f.toJson}</Button>
      </div>
    )
  const form = document && formOf(document)
  const reason = document ? f.beyondForm : w.invalid('JSON')
  return (
    <div>
      <Button disabledReason={form ? undefined : reason} onClick={() => form && onChange({ form })}>
        {f.toForm}
      </Button>
    </div>
  )
}

interface MeaningProps {
  document: PolicyDocument | undefined
  roles: readonly string[]
  names: ReturnType<typeof usePolicyNames>
}
/** What the document says, one sentence for each statement. */
export function Meaning({ document, roles, names }: MeaningProps) {
  const f = useWords(policyFormWords)
  const { language } = useLanguage()
  return (
    <section className="stack gap-6" aria-label={f.meaning} aria-live="polite">
      <span className="field-label">{f.meaning}</span>
      <ol className="policy-meaning">
        {document ? sentencesOf(document, roles, names, language).map((said, index) => <li key={index}>{said}</li>) : <li>—</li>}
      </ol>
    </section>
  )
}

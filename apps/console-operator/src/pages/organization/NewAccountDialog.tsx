import { Login } from '@huabiao/domains/identity/identity.contract'
import { createAccount } from '@huabiao/domains/identity/identity-account.contract'
import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { accountWords } from './account-words.ts'
import { OneTimePassword } from './OneTimePassword.tsx'

export function NewAccountDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(accountWords)
  const [person, setPerson] = useState<PersonView>()
  const [login, setLogin] = useState('')
  const [notAfter, setNotAfter] = useState<string | null>(null)
  const create = useAct(createAccount)
  const parsed = Login.safeParse(login)
  if (create.data)
    return (
      <Dialog
        title={w.create}
        open
        onClose={onClose}
        sticky
        footer={
          <Button tone="primary" onClick={onClose}>
            {w.done}
          </Button>
        }
      >
        <OneTimePassword login={create.data.account.login} password={create.data.oneTimePassword} />
      </Dialog>
    )
  const submit = () =>
    person &&
    parsed.success &&
    create.mutate({ body: { personId: person.id, login: parsed.data, ...(notAfter ? { notAfter } : {}) } })
  return (
    <Dialog
      title={w.create}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            onClick={submit}
            busy={create.isPending}
            disabledReason={person && parsed.success ? undefined : w.loginHint}
          >
            {w.create}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {create.error ? <ProblemNote error={create.error} compact /> : null}
        <PersonPicker label={w.person} person={person} onPick={setPerson} hint={w.trainingNeeded} />
        <TextField
          label={w.login}
          value={login}
          onChange={setLogin}
          mono
          required
          spellCheck={false}
          maxLength={40}
          hint={w.loginHint}
          error={login !== '' && !parsed.success ? w.loginHint : undefined}
        />
        <DateTimeField label={w.notAfter} value={notAfter} onChange={setNotAfter} hint={w.unlimited} />
      </div>
    </Dialog>
  )
}

import { changePassword, type Me } from '@huabiao/domains/identity/identity.contract'
import { passwordRefusal } from '@huabiao/domains/identity/identity-password.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, useRefusals } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { PasswordField } from '@huabiao/ui/primitives/Field'
import { type FormEvent, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { logonWords } from './logon-words.ts'

type Owner = Parameters<typeof passwordRefusal>[1]
/** The rule of the server, asked while typing; history and age only the server knows. */
export function PasswordForm({ owner, onChanged }: { owner: Owner; onChanged: (me: Me) => void }) {
  const w = useWords(logonWords)
  const say = useRefusals()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const change = useAct(changePassword, { onDone: onChanged, refresh: [] })
  const weak = passwordRefusal(next, owner)
  const differs = again !== '' && again !== next
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (current && !weak && next === again && !change.isPending) change.mutate({ body: { current, next } })
  }
  return (
    <form className="stack gap-16" onSubmit={submit} noValidate>
      {change.error ? <ProblemNote error={change.error} /> : null}
      <PasswordField label={w.current} value={current} onChange={setCurrent} autoComplete="current-password" required />
      <PasswordField
        label={w.next1}
        value={next}
        onChange={setNext}
        autoComplete="new-password"
        maxLength={200}
        required
        hint={w.rules}
        error={next !== '' && weak ? `${say(weak).words}${say(weak).next}` : undefined}
      />
      <PasswordField
        label={w.next2}
        value={again}
        onChange={setAgain}
        autoComplete="new-password"
        maxLength={200}
        required
        error={differs ? w.mismatch : undefined}
      />
      <div>
        <Button
          type="submit"
          tone="primary"
          busy={change.isPending}
          disabledReason={weak ? w.rules : next !== again ? w.mismatch : undefined}
        >
          {w.change}
        </Button>
      </div>
    </form>
  )
}

import { Login, type LogonChallenge, logonPassword } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { PasswordField, TextField } from '@huabiao/ui/primitives/Field'
import { type FormEvent, useEffect, useState } from 'react'
import { plainApi } from '../../api/client.ts'
import { logonWords } from './logon-words.ts'

export interface PasswordStepProps {
  onPassed: (login: string, challenge: LogonChallenge) => void
  onCertificate: () => Promise<void>
  /** Where the browser is asked for a certificate; null where nothing asks for one. */
  certificateUrl: string | null
  /** The person chose the certificate already, at the address that cannot ask for one. */
  tryCertificate: boolean
}
export function PasswordStep({ onPassed, onCertificate, certificateUrl, tryCertificate }: PasswordStepProps) {
  const w = useWords(logonWords)
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState<'password' | 'certificate'>()
  const [error, setError] = useState<unknown>()
  const attempt = async (kind: 'password' | 'certificate', act: () => Promise<void>) => {
    setBusy(kind)
    setError(undefined)
    try {
      await act()
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(undefined)
    }
  }
  const isAsked = certificateUrl === location.origin
  const byCertificate = () => {
    if (isAsked) return void attempt('certificate', onCertificate)
    setBusy('certificate')
    const search = new URLSearchParams(location.search)
    search.set('by', 'certificate')
    location.assign(`${certificateUrl}/logon?${search}`)
  }
  useEffect(() => {
    if (isAsked && tryCertificate) byCertificate()
    // Once, when the page is there; a second try is the person's.
  }, [isAsked, tryCertificate])
  const parsed = Login.safeParse(login)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!parsed.success || password === '' || busy) return
    void attempt('password', async () =>
      onPassed(parsed.data, await plainApi(logonPassword, { body: { login: parsed.data, password } })),
    )
  }
  return (
    <form className="stack gap-16" onSubmit={submit} noValidate>
      <h1>{w.title}</h1>
      {error ? <ProblemNote error={error} /> : null}
      <TextField
        label={w.login}
        value={login}
        onChange={setLogin}
        size="large"
        autoComplete="username"
        name="username"
        spellCheck={false}
        autoFocus
        maxLength={40}
        error={tried && !parsed.success ? w.loginInvalid : undefined}
      />
      <PasswordField
        label={w.password}
        value={password}
        onChange={setPassword}
        size="large"
        autoComplete="current-password"
        name="password"
        maxLength={200}
      />
      <Button type="submit" tone="primary" size="large" block busy={busy === 'password'}>
        {w.next}
      </Button>
      {certificateUrl ? (
        <div className="logon-other">
          <Button tone="link" icon="certificate" busy={busy === 'certificate'} hint={w.certificateHint} onClick={byCertificate}>
            {w.certificate}
          </Button>
        </div>
      ) : null}
    </form>
  )
}

import { beginOidc, listLogonSources, logonDirectory } from '@huabiao/domains/federation/federation-logon.contract'
import type { LogonChallenge } from '@huabiao/domains/identity/identity.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { PasswordField, TextField } from '@huabiao/ui/primitives/Field'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { plainApi } from '../../api/client.ts'
import { keepNext } from './kept-next.ts'
import { logonWords } from './logon-words.ts'

export type LogonSource = ResponseOf<typeof listLogonSources>['items'][number]

/** A unit's own sign-on or directory, beside the password of ours. Nothing where there is none. */
export function SourceWays({ next, onDirectory }: { next: string | null; onDirectory: (source: LogonSource) => void }) {
  const w = useWords(logonWords)
  const { language } = useLanguage()
  const [busy, setBusy] = useState<string>()
  const [error, setError] = useState<unknown>()
  const found = useQuery({ queryKey: [listLogonSources.name], queryFn: () => plainApi(listLogonSources), retry: false })
  const sources = found.data?.items ?? []
  if (found.error && !found.data) return <ProblemNote error={found.error} compact />
  if (sources.length === 0) return null
  const choose = async (source: LogonSource) => {
    if (source.kind === 'ldap') return onDirectory(source)
    setBusy(source.id)
    setError(undefined)
    try {
      const { url } = await plainApi(beginOidc, { body: { sourceId: source.id } })
      keepNext(next)
      location.assign(url)
    } catch (problem) {
      setError(problem)
      setBusy(undefined)
    }
  }
  return (
    <div className="logon-sources">
      <span className="logon-or">{w.orBySource}</span>
      {error ? <ProblemNote error={error} compact /> : null}
      {sources.map((source) => (
        <Button
          key={source.id}
          icon={source.kind === 'oidc' ? 'guard' : 'people'}
          block
          busy={busy === source.id}
          onClick={() => void choose(source)}
        >
          <span className="clip">
            {source.name}
            <span className="muted"> · {language === 'en' ? source.unitEn : source.unitZh}</span>
          </span>
        </Button>
      ))}
    </div>
  )
}

/** Name and password of the unit's directory; they go to it and stay nowhere here. */
export function DirectoryStep(props: {
  source: LogonSource
  onPassed: (login: string, challenge: LogonChallenge) => void
  onBack: () => void
}) {
  const { source, onPassed, onBack } = props
  const w = useWords(logonWords)
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || login.trim() === '' || password === '') return
    setBusy(true)
    setError(undefined)
    try {
      const { login: known, ...challenge } = await plainApi(logonDirectory, { body: { sourceId: source.id, login, password } })
      onPassed(known, challenge)
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  return (
    <form className="stack gap-16" onSubmit={(event) => void submit(event)} noValidate>
      <h1>{source.name}</h1>
      <p className="muted">{w.directoryText}</p>
      {error ? <ProblemNote error={error} /> : null}
      <TextField
        label={w.directoryLogin}
        value={login}
        onChange={setLogin}
        size="large"
        autoComplete="username"
        name="directory-username"
        spellCheck={false}
        autoFocus
        maxLength={100}
      />
      <PasswordField
        label={w.directoryPassword}
        value={password}
        onChange={setPassword}
        size="large"
        autoComplete="current-password"
        name="directory-password"
        maxLength={200}
      />
      <Button type="submit" tone="primary" size="large" block busy={busy}>
        {w.next}
      </Button>
      <div className="logon-other">
        <Button tone="link" icon="back" onClick={onBack}>
          {w.back}
        </Button>
      </div>
    </form>
  )
}

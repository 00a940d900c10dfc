import { completeOidc } from '@huabiao/domains/federation/federation-logon.contract'
import type { LogonChallenge } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Spinner } from '@huabiao/ui/primitives/Skeleton'
import { useEffect, useRef, useState } from 'react'
import { plainApi } from '../../api/client.ts'
import { logonWords } from './logon-words.ts'

/** The way back from a provider: what it sent is handed over once, and the address is cleaned of it. */
export function ComeBack({
  onPassed,
  onAgain,
}: {
  onPassed: (login: string, challenge: LogonChallenge) => void
  onAgain: () => void
}) {
  const w = useWords(logonWords)
  const [error, setError] = useState<unknown>()
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const sent = new URLSearchParams(location.search)
    history.replaceState(history.state, '', location.pathname)
    const given = ['code', 'iss', 'error'].flatMap((name) => {
      const value = sent.get(name)
      return value ? [[name, value]] : []
    })
    plainApi(completeOidc, { body: { state: sent.get('state') ?? '-', ...Object.fromEntries(given) } })
      .then(({ login, ...challenge }) => onPassed(login, challenge))
      .catch(setError)
  }, [onPassed])
  return (
    <div className="stack gap-16">
      <h1>{w.comeBack}</h1>
      {error ? (
        <>
          <ProblemNote error={error} />
          <Button tone="primary" onClick={onAgain}>
            {w.restart}
          </Button>
        </>
      ) : (
        <Spinner label={w.comeBack} />
      )}
    </div>
  )
}

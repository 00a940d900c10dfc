import { decideInteraction, getInteraction } from '@huabiao/domains/federation/federation-client.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Spinner } from '@huabiao/ui/primitives/Skeleton'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Navigate, useParams } from 'react-router'
import { plainApi } from '../../api/client.ts'
import { paths } from '../../app/paths.ts'
import { LogonFrame } from '../logon/LogonFrame.tsx'
import { signInWords } from './sign-in-words.ts'

const needsLogon = (error: unknown): boolean =>
  error instanceof ProblemError && (error.problem.code === 'session.required' || error.problem.status === 401)

/** Between another application and its answer: who asks, what it would be told, and the person's word. */
export function Page() {
  const w = useWords(signInWords)
  const { language } = useLanguage()
  const { uid = '' } = useParams()
  const [going, setGoing] = useState(false)
  const [error, setError] = useState<unknown>()
  const found = useQuery({
    queryKey: [getInteraction.name, uid],
    queryFn: () => plainApi(getInteraction, { params: { uid } }),
    retry: false,
  })
  if (needsLogon(found.error)) return <Navigate to={`${paths.logon}?next=${encodeURIComponent(`/sign-in/${uid}`)}`} replace />
  const decide = async (allow: boolean) => {
    setGoing(true)
    setError(undefined)
    try {
      const { redirectTo } = await plainApi(decideInteraction, { params: { uid }, body: { allow } })
      location.assign(redirectTo)
    } catch (problem) {
      setError(problem)
      setGoing(false)
    }
  }
  const problem = error ?? found.error
  const asked = found.data
  return (
    <LogonFrame onSwitch={() => undefined}>
      <div className="stack gap-16">
        {problem ? <ProblemNote error={problem} /> : null}
        {asked ? (
          <>
            <h1>{w.title(language === 'en' ? asked.nameEn : asked.nameZh)}</h1>
            <p className="muted">{w.asks(asked.host)}</p>
            <p className="strong">{w.told}</p>
            <Facts items={asked.claims.map(({ claim, value }) => ({ label: w.claims[claim], value }))} />
            <p className="muted">{w.subject}</p>
            <p className="muted small">{w.kept}</p>
            <Button tone="primary" size="large" block busy={going} onClick={() => void decide(true)}>
              {going ? w.leaving : w.allow}
            </Button>
            <Button block disabledReason={going ? w.leaving : undefined} onClick={() => void decide(false)}>
              {w.refuse}
            </Button>
          </>
        ) : problem ? null : (
          <Spinner label={w.waiting} />
        )}
      </div>
    </LogonFrame>
  )
}

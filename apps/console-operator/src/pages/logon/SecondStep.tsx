import {
  type LogonChallenge,
  logonTotp,
  logonWebAuthn,
  logonWebAuthnOptions,
  type Me,
} from '@huabiao/domains/identity/identity.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Spinner } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { plainApi } from '../../api/client.ts'
import { keysWorkHere, useLogonWays } from '../../app/logon-ways.ts'
import { logonWords } from './logon-words.ts'
import { Remaining } from './Remaining.tsx'

export interface StepProps {
  challenge: LogonChallenge
  onDone: (me: Me) => Promise<void>
  onAgain: () => void
}
export function SecondStep({
  by,
  login,
  challenge,
  onDone,
  onAgain,
}: StepProps & { by: 'password' | 'certificate' | 'source'; login: string }) {
  const w = useWords(logonWords)
  const ways = useLogonWays()
  const hasKey = challenge.factors.includes('webauthn')
  const hasCode = challenge.factors.includes('totp')
  const [way, setWay] = useState<'code' | 'key'>(hasCode ? 'code' : 'key')
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [keyFailed, setKeyFailed] = useState(false)
  const attempt = async (act: () => Promise<{ me: Me }>) => {
    setBusy(true)
    setError(undefined)
    setKeyFailed(false)
    try {
      await onDone((await act()).me)
    } catch (problem) {
      if (problem instanceof ProblemError) setError(problem)
      else setKeyFailed(true)
      setCode('')
      setBusy(false)
    }
  }
  const byKey = () =>
    attempt(async () => {
      const { startAuthentication } = await import('@simplewebauthn/browser')
      const { options } = await plainApi(logonWebAuthnOptions, { body: { challenge: challenge.challenge } })
      const response = await startAuthentication({ optionsJSON: options as never })
      return plainApi(logonWebAuthn, { body: { challenge: challenge.challenge, response: response as never } })
    })
  const expired = error instanceof ProblemError && error.problem.code === 'identity.challenge_expired'
  return (
    <div className="stack gap-16">
      <h1>{w.secondTitle}</h1>
      <p className="muted">{w.secondText[by](login)}</p>
      {error ? <ProblemNote error={error} /> : null}
      {keyFailed ? (
        <p className="tone-text-bad" role="alert">
          {w.keyFailed}
        </p>
      ) : null}
      {way === 'code' && !expired ? (
        <div className="stack gap-8">
          <OtpField
            label={w.code}
            value={code}
            onChange={setCode}
            onComplete={(digits) =>
              void attempt(() => plainApi(logonTotp, { body: { challenge: challenge.challenge, code: digits } }))
            }
            disabled={busy}
            invalid={error !== undefined}
            autoFocus
          />
          <p className="faint small">{w.codeHint}</p>
        </div>
      ) : null}
      {way === 'key' && busy ? <Spinner label={w.keyWaiting} /> : null}
      {expired ? null : <Remaining until={challenge.expiresAt} onEnd={onAgain} />}
      <div className="row gap-12">
        <Button icon="back" onClick={onAgain}>
          {expired ? w.restart : w.back}
        </Button>
        {hasKey && !expired ? (
          <Button
            icon="key"
            tone={way === 'key' ? 'primary' : 'plain'}
            busy={way === 'key' && busy}
            disabledReason={!ways || keysWorkHere(ways) ? undefined : w.keyElsewhere(ways.url)}
            onClick={() => {
              setWay('key')
              void byKey()
            }}
          >
            {w.useKey}
          </Button>
        ) : null}
        {way === 'key' && hasCode ? (
          <Button tone="link" onClick={() => setWay('code')}>
            {w.useCode}
          </Button>
        ) : null}
      </div>
    </div>
  )
}

import { listMyFactors, stepUp, stepUpWebAuthn, stepUpWebAuthnOptions } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { plainApi } from '../api/client.ts'
import { useApi } from '../api/hooks.ts'
import { endStepUp, useStepUpAsked } from '../api/step-up.ts'
import { shellWords } from './shell-words.ts'

/** Opens by itself when an act was refused for a stale second factor; the act goes on when it is proved. */
export function StepUpDialog() {
  const w = useWords(shellWords)
  const open = useStepUpAsked()
  const giveUp = () => endStepUp('given-up')
  return (
    <Dialog title={w.stepUp} open={open} onClose={giveUp} width={440} sticky>
      {open ? <StepUpForm onGiveUp={giveUp} /> : null}
    </Dialog>
  )
}

function StepUpForm({ onGiveUp }: { onGiveUp: () => void }) {
  const w = useWords(shellWords)
  const factors = useApi(listMyFactors)
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [keyFailed, setKeyFailed] = useState(false)
  const prove = async (act: () => Promise<unknown>) => {
    setBusy(true)
    setError(undefined)
    setKeyFailed(false)
    try {
      await act()
      endStepUp('proved')
    } catch (problem) {
      if (problem instanceof Error && problem.name === 'ProblemError') setError(problem)
      else setKeyFailed(true)
      setCode('')
    } finally {
      setBusy(false)
    }
  }
  const byKey = async () => {
    const { startAuthentication } = await import('@simplewebauthn/browser')
    const { challenge, options } = await plainApi(stepUpWebAuthnOptions)
    const response = await startAuthentication({ optionsJSON: options as never })
    await plainApi(stepUpWebAuthn, { body: { challenge, response: response as never } })
  }
  const hasKeys = (factors.data?.securityKeys.length ?? 0) > 0
  return (
    <div className="stack gap-16">
      <p className="muted">{w.stepUpText}</p>
      <div className="stack gap-8">
        <OtpField
          label={w.code}
          value={code}
          onChange={setCode}
          onComplete={(digits) => void prove(() => plainApi(stepUp, { body: { code: digits } }))}
          disabled={busy}
          invalid={error !== undefined}
          autoFocus
        />
        <p className="faint small">{w.codeHint}</p>
      </div>
      {error ? <ProblemNote error={error} compact /> : null}
      {keyFailed ? (
        <p className="tone-text-bad small" role="alert">
          {w.useKeyFailed}
        </p>
      ) : null}
      <div className="row gap-8 dialog-foot">
        {hasKeys ? (
          <Button icon="key" onClick={() => void prove(byKey)} busy={busy}>
            {w.useKey}
          </Button>
        ) : null}
        <Button onClick={onGiveUp}>{w.giveUp}</Button>
      </div>
    </div>
  )
}

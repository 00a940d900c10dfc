import { Check, type Expectation } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { z } from 'zod'
import { cockpitWords } from './cockpit-words.ts'

const Judged = z.union([Check, z.object({ kind: z.literal('exit'), exitCodes: z.array(z.number()) })])

/** One check of an expectation as a sentence; what was found beside it where it was not met. */
function CheckText({ check }: { check: unknown }) {
  const w = useWords(cockpitWords)
  const { data } = Judged.safeParse(check)
  if (!data) return <code>{JSON.stringify(check)}</code>
  if (data.kind === 'exit')
    return (
      <>
        {w.exit} <code>{data.exitCodes.join(' / ')}</code>
      </>
    )
  if (data.kind === 'number')
    return (
      <>
        {w.number} <code>{data.after || '—'}</code> {w.between(data.min, data.max)}
      </>
    )
  return (
    <>
      {w.checks[data.kind]} <code>{data.text}</code>
    </>
  )
}

export function ExpectText({ expect }: { expect: Expectation }) {
  const checks = [{ kind: 'exit', exitCodes: expect.exitCodes }, ...expect.checks]
  return (
    <ul className="expects">
      {checks.map((check) => (
        <li key={JSON.stringify(check)}>
          <CheckText check={check} />
        </li>
      ))}
    </ul>
  )
}

export interface Verdict {
  met: boolean
  check: unknown
  found: string
}
/** What was expected, check by check, and what came. */
export function VerdictList({ verdicts }: { verdicts: readonly Verdict[] }) {
  const w = useWords(cockpitWords)
  return (
    <ul className="verdicts">
      {verdicts.map((verdict) => (
        <li key={JSON.stringify(verdict.check)} className={verdict.met ? 'met' : 'unmet'}>
          <Icon name={verdict.met ? 'pass' : 'fail'} />
          <span className="visually-hidden">{verdict.met ? w.met : w.unmet}</span>
          <span className="wrap">
            <CheckText check={verdict.check} />
            {verdict.met ? null : (
              <span className="verdict-found">
                {w.found} <code>{verdict.found || w.nothing}</code>
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

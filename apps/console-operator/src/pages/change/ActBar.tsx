import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as contract from '@huabiao/domains/change/change.contract'
import type { Act } from '@huabiao/domains/change/change-act.model'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { Endpoint } from '@huabiao/kit/contract/contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button, type ButtonTone, LinkButton } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { changeWords } from './change-words.ts'

/** What an act asks of the person before it is done. */
type Ask = 'risk' | 'note' | 'reason' | 'decision' | 'consent' | 'test' | 'number' | 'resume' | 'nothing'
const asks: Readonly<Partial<Record<Act, { endpoint: Endpoint; ask: Ask; tone?: ButtonTone }>>> = {
  submit: { endpoint: contract.submitChange, ask: 'note', tone: 'primary' },
  accept: { endpoint: contract.acceptChange, ask: 'note', tone: 'primary' },
  return: { endpoint: contract.returnChange, ask: 'reason' },
  reject: { endpoint: contract.rejectChange, ask: 'reason', tone: 'danger' },
  startPlanning: { endpoint: contract.startPlanning, ask: 'nothing', tone: 'primary' },
  finishPlan: { endpoint: contract.finishPlan, ask: 'note', tone: 'primary' },
  assess: { endpoint: contract.assessChange, ask: 'note', tone: 'primary' },
  returnPlan: { endpoint: contract.returnPlan, ask: 'reason' },
  recordTest: { endpoint: contract.recordTest, ask: 'test', tone: 'primary' },
  decide: { endpoint: contract.decideChange, ask: 'decision', tone: 'primary' },
  consent: { endpoint: contract.consentChange, ask: 'consent', tone: 'primary' },
  begin: { endpoint: execution.beginChange, ask: 'number', tone: 'primary' },
  passVerification: { endpoint: execution.passVerification, ask: 'reason', tone: 'primary' },
  pause: { endpoint: execution.pauseChange, ask: 'reason', tone: 'danger' },
  resume: { endpoint: execution.resumeChange, ask: 'resume', tone: 'primary' },
  rollBack: { endpoint: execution.rollBackChange, ask: 'reason', tone: 'danger' },
  amend: { endpoint: execution.amendChange, ask: 'reason' },
  acceptRisk: { endpoint: execution.acceptRisk, ask: 'risk' },
  dropAmendment: { endpoint: execution.dropAmendment, ask: 'reason' },
  abandon: { endpoint: execution.abandonChange, ask: 'reason', tone: 'danger' },
  confirmItems: { endpoint: execution.confirmItems, ask: 'reason', tone: 'primary' },
  close: { endpoint: execution.closeChange, ask: 'reason', tone: 'primary' },
  withdraw: { endpoint: contract.withdrawChange, ask: 'reason' },
}
/** Acts shown even where they are refused, because the person waits for them and must see why. */
const expected: Readonly<Record<string, readonly Act[]>> = {
  draft: ['submit'],
  planning: ['finishPlan'],
  amending: ['finishPlan', 'dropAmendment'],
  assessing: ['assess'],
  testing: ['recordTest'],
  approving: ['decide'],
  consenting: ['consent'],
  scheduled: ['begin'],
  ready: ['begin'],
  verifying: ['passVerification'],
  paused: ['resume', 'rollBack', 'amend'],
  ci_reviewing: ['confirmItems'],
  reviewing: ['close'],
}

export interface ActBarProps {
  change: ChangeDetail
  only?: readonly Act[]
  /** Shown elsewhere on the page. */
  except?: readonly Act[]
  /** Shown even where they are another person's. */
  whole?: boolean
  size?: 'large'
}
export function ActBar({ change, only, except, whole, size }: ActBarProps) {
  const w = useWords(changeWords)
  const [asking, setAsking] = useState<Act>()
  const shown = (Object.keys(asks) as Act[]).filter((act) => {
    if ((only && !only.includes(act)) || except?.includes(act)) return false
    const refusal = change.acts.find((one) => one.act === act)?.refusal
    return whole || refusal === null || (expected[change.state]?.includes(act) && refusal !== 'access.denied')
  })
  const mayEdit = !only && change.acts.find((act) => act.act === 'savePlan')?.refusal === null
  return (
    <>
      {mayEdit ? (
        <LinkButton to={`/changes/${change.id}/plan`} icon="edit">
          {w.editPlan}
        </LinkButton>
      ) : null}
      {shown.map((act) => {
        const refusal = change.acts.find((one) => one.act === act)?.refusal
        return (
          <Button
            key={act}
            tone={asks[act]?.tone ?? 'plain'}
            size={size ?? 'medium'}
            disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined}
            onClick={() => setAsking(act)}
          >
            {w.acts[act]}
          </Button>
        )
      })}
      {asking ? <ActDialog key={asking} change={change} act={asking} onClose={() => setAsking(undefined)} /> : null}
    </>
  )
}

function ActDialog({ change, act, onClose }: { change: ChangeDetail; act: Act; onClose: () => void }) {
  const w = useWords(changeWords)
  const { endpoint, ask, tone } = asks[act]!
  const [text, setText] = useState('')
  const [verdict, setVerdict] = useState('')
  const [environment, setEnvironment] = useState('')
  const [waiveNotice, setWaiveNotice] = useState(false)
  const run = useAct(endpoint, { onDone: onClose })
  const body = bodyOf(ask, {
    text: text.trim(),
    verdict,
    environment: environment.trim(),
    planHash: change.planHash ?? '',
    waiveNotice,
  })
  const choices: Partial<Record<Ask, readonly { value: string; label: string }[]>> = {
    decision: [
      { value: 'approve', label: w.approve },
      { value: 'return', label: w.returnIt },
      { value: 'reject', label: w.rejectIt },
    ],
    consent: [
      { value: 'consent', label: w.acts.consent },
      { value: 'refuse', label: w.refuse },
    ],
    test: [
      { value: 'pass', label: w.passed },
      { value: 'fail', label: w.failed },
    ],
    resume: [
      { value: 'retry', label: w.retry },
      { value: 'accept', label: w.accept },
    ],
  }
  const options = choices[ask]
  return (
    <Dialog
      title={`${w.acts[act]} · ${change.no}`}
      open
      onClose={onClose}
      width={520}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone={tone === 'danger' ? 'danger-solid' : 'primary'}
            busy={run.isPending}
            disabledReason={body ? undefined : w.actHint}
            onClick={() => body && run.mutate({ params: { changeId: change.id }, body } as never)}
          >
            {w.acts[act]}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        {ask === 'decision' || ask === 'consent' || ask === 'test' || ask === 'risk' ? (
          <p className="muted small">
            {w.bound('')}
            {change.planHash ? <HashChip hash={change.planHash} label={w.planHash} /> : null}
          </p>
        ) : null}
        {options ? <Segmented label={w.acts[act]} value={verdict} onChange={setVerdict} options={options} /> : null}
        {ask === 'consent' && verdict === 'consent' ? (
          <Checkbox checked={waiveNotice} onChange={setWaiveNotice}>
            {w.waiveNotice}
          </Checkbox>
        ) : null}
        {ask === 'test' ? (
          <TextField label={w.environment} required value={environment} onChange={setEnvironment} maxLength={120} />
        ) : null}
        {ask === 'number' ? (
          <TextField label={w.typeNo(change.no)} required mono value={text} onChange={setText} autoComplete="off" autoFocus />
        ) : ask === 'nothing' ? null : (
          <TextArea
            label={ask === 'resume' ? w.cause : ask === 'reason' ? w.reason : w.note}
            required={ask === 'reason' || ask === 'resume' || ask === 'test' || ask === 'risk'}
            value={text}
            onChange={setText}
            maxLength={ask === 'reason' || ask === 'resume' || ask === 'risk' ? 500 : 4000}
            autoFocus
          />
        )}
        {run.error ? <ProblemNote error={run.error} /> : null}
      </div>
    </Dialog>
  )
}

interface Filled {
  text: string
  verdict: string
  environment: string
  planHash: string
  waiveNotice: boolean
}
function bodyOf(ask: Ask, of: Filled): object | undefined {
  const { text, verdict, environment, planHash, waiveNotice } = of
  switch (ask) {
    case 'nothing':
      return {}
    case 'note':
      return { note: text }
    case 'reason':
      return text ? { reason: text } : undefined
    case 'risk':
      return text ? { planHash, note: text } : undefined
    case 'number':
      return text ? { confirm: text } : undefined
    case 'decision':
      return verdict ? { planHash, verdict, note: text } : undefined
    case 'consent':
      return verdict ? { planHash, verdict, note: text, waiveNotice } : undefined
    case 'test':
      return verdict && environment && text ? { planHash, environment, verdict, note: text } : undefined
    case 'resume':
      return verdict && text ? { cause: text, failedStep: verdict } : undefined
  }
}

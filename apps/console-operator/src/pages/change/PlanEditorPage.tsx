import './change.css'
import { type ChangeDetail, getChange, lintPlanNow, savePlan } from '@huabiao/domains/change/change.contract'
import { boundStates } from '@huabiao/domains/change/change.model'
import { listCandidates } from '@huabiao/domains/change/change-overview.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useBlocker, useParams } from 'react-router'
import { api, codeOf } from '../../api/client.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { AutoRollback } from './AutoRollback.tsx'
import { BatchFields } from './BatchFields.tsx'
import { CopyPlanDialog } from './CopyPlanDialog.tsx'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import { HealthFields } from './HealthFields.tsx'
import { LintList } from './LintList.tsx'
import { jumpTo } from './lint-place.ts'
import { PlanView } from './PlanView.tsx'
import { adopted, copyOfStep, examplePlan, moved, newStep, sealed } from './plan-draft.ts'
import { StepFields } from './StepFields.tsx'

export function Page() {
  const { changeId = '' } = useParams()
  const w = useWords(changeWords)
  const [reloads, setReloads] = useState(0)
  const { data: change, error, refetch } = useApi(getChange, { params: { changeId } })
  if (!change)
    return (
      <ResourcePage title={w.title}>{error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}</ResourcePage>
    )
  const refusal = change.acts.find((act) => act.act === 'savePlan')?.refusal
  if (refusal)
    return (
      <ResourcePage
        title={change.title}
        crumbs={[
          { to: paths.changes, label: w.title },
          { to: paths.change(change.id), label: change.no },
        ]}
      >
        <div className="stack gap-16">
          <RefusalNote code={refusal} />
          <PlanView change={change} />
        </div>
      </ResourcePage>
    )
  // A reload after somebody else's save makes a new draft of what they saved.
  return (
    <Editor key={`${change.id} ${reloads}`} change={change} onReload={() => void refetch().then(() => setReloads(reloads + 1))} />
  )
}

interface Draft {
  plan: ChangePlan
  windowStart: string | null
  windowEnd: string | null
  executorId: string | null
  reviewerId: string | null
}
const draftOf = (change: ChangeDetail): Draft => ({
  plan: change.plan,
  windowStart: change.windowStart,
  windowEnd: change.windowEnd,
  executorId: change.executor?.id ?? null,
  reviewerId: change.reviewer?.id ?? null,
})

function Editor({ change, onReload }: { change: ChangeDetail; onReload: () => void }) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const params = { changeId: change.id }
  const [draft, setDraft] = useState<Draft>(() => draftOf(change))
  /** The version this draft was made from: the server refuses to overwrite a later one. */
  const [base, setBase] = useState(change.version)
  const [dirty, setDirty] = useState(false)
  const [copying, setCopying] = useState(false)
  const edit = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part })
    setDirty(true)
  }
  const { plan } = draft
  const setPlan = (part: Partial<ChangePlan>): void => edit({ plan: { ...plan, ...part } })
  const targets = useTargets(change.systemIds)
  const candidates = useApi(listCandidates, { params })
  const findings = useLint(change, draft)
  const save = useAct(savePlan, {
    onDone: (saved) => {
      setBase(saved.version)
      setDirty(false)
      toast(w.saved)
    },
  })
  const submit = async (): Promise<void> => save.mutate({ params, ifMatch: base, body: { ...draft, plan: await sealed(plan) } })
  useSaveKey(dirty && !save.isPending ? submit : undefined)
  const accounts = [...new Set((targets ?? []).flatMap((target) => target.accounts.map((account) => account.name)))]
  const people = (of: 'executors' | 'reviewers') =>
    (candidates.data?.[of] ?? []).map((person) => ({ value: person.id, label: person.name, disabled: person.refusal !== null }))
  const example = () =>
    edit({
      plan: examplePlan(
        (targets ?? []).map((target) => target.id),
        accounts[0] ?? '',
      ),
    })
  const adopt = (from: ChangePlan) => {
    setCopying(false)
    edit({
      plan: adopted(
        from,
        (targets ?? []).map((target) => target.id),
      ),
    })
  }
  const steps = (next: ChangePlan['steps']) => setPlan({ steps: next })
  return (
    <ResourcePage
      title={`${w.title} · ${change.title}`}
      crumbs={[
        { to: paths.changes, label: c.title },
        { to: paths.change(change.id), label: change.no },
      ]}
      badges={dirty ? <StatusTag tone="wait">{w.unsaved}</StatusTag> : null}
      actions={
        <>
          <Button icon="copy" onClick={() => setCopying(true)}>
            {w.copyFrom}
          </Button>
          {plan.steps.length === 0 && (targets?.length ?? 0) > 0 ? <Button onClick={example}>{w.example}</Button> : null}
          <LinkButton to={`${paths.change(change.id)}?tab=plan`}>{dirty ? c.cancel : w.back}</LinkButton>
          <Button
            tone="primary"
            busy={save.isPending}
            disabledReason={dirty ? undefined : w.saved}
            hint="Ctrl+S"
            onClick={submit}
          >
            {w.save}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {(boundStates as readonly string[]).includes(change.state) ? <div className="voids">{w.voids}</div> : null}
        {save.error ? (
          <ProblemNote
            error={save.error}
            action={
              codeOf(save.error) === 'request.stale' ? (
                <Button size="small" onClick={onReload}>
                  {w.reload}
                </Button>
              ) : undefined
            }
          />
        ) : null}
        <div className="editor">
          <div className="stack gap-16">
            <Card title={w.who}>
              <div className="editor-row quarters" data-at="window">
                <DateTimeField
                  label={w.windowStart}
                  value={draft.windowStart}
                  onChange={(windowStart) => edit({ windowStart })}
                />
                <DateTimeField label={w.windowEnd} value={draft.windowEnd} onChange={(windowEnd) => edit({ windowEnd })} />
                <SelectField
                  label={w.executor}
                  placeholder={w.choose}
                  value={draft.executorId ?? ''}
                  onChange={(id) => edit({ executorId: id || null })}
                  options={people('executors')}
                />
                <SelectField
                  label={w.reviewer}
                  placeholder={w.choose}
                  value={draft.reviewerId ?? ''}
                  onChange={(id) => edit({ reviewerId: id || null })}
                  options={people('reviewers')}
                />
              </div>
            </Card>
            <BatchFields targets={targets} batches={plan.batches} onChange={(batches) => setPlan({ batches })} />
            <Card title={w.steps} flush extra={<span className="muted small">{w.stepKeys}</span>}>
              {plan.steps.length === 0 ? <EmptyState title={w.noSteps} text={w.noStepsText} icon="document" compact /> : null}
              <ol data-at="steps">
                {plan.steps.map((step, i) => (
                  <StepFields
                    key={i}
                    step={step}
                    index={i}
                    accounts={accounts}
                    findings={findings}
                    onChange={(next) => steps(plan.steps.map((one, at) => (at === i ? next : one)))}
                    onMove={(by) => steps(moved(plan.steps, i, by))}
                    onCopy={() => steps(plan.steps.toSpliced(i + 1, 0, copyOfStep(plan, step)))}
                    onRemove={() => steps(plan.steps.filter((_, at) => at !== i))}
                  />
                ))}
              </ol>
              <div className="pad row gap-8 wrap-row">
                {(['precheck', 'execute', 'verify'] as const).map((phase) => (
                  <Button key={phase} icon="plus" onClick={() => steps([...plan.steps, newStep(plan, phase, accounts[0] ?? '')])}>
                    {w.addStep}：{c.phases[phase]}
                  </Button>
                ))}
              </div>
            </Card>
            <HealthFields health={plan.health} accounts={accounts} onChange={(health) => setPlan({ health })} />
          </div>
          <div className="stack gap-16 editor-side">
            <LintList findings={findings} onGo={jumpTo} />
            <Card title={w.text}>
              <div className="stack gap-12">
                <div data-at="impact">
                  <TextArea
                    label={c.impact}
                    required
                    rows={4}
                    value={plan.impact}
                    onChange={(impact) => setPlan({ impact })}
                    maxLength={4000}
                  />
                </div>
                <div data-at="emergencyPlan">
                  <TextArea
                    label={c.emergency}
                    required
                    rows={4}
                    value={plan.emergencyPlan}
                    onChange={(emergencyPlan) => setPlan({ emergencyPlan })}
                    maxLength={4000}
                  />
                </div>
                <AutoRollback checked={plan.autoRollback === true} onChange={(autoRollback) => setPlan({ autoRollback })} />
              </div>
            </Card>
          </div>
        </div>
      </div>
      {copying ? (
        <CopyPlanDialog changeId={change.id} systemId={change.systemIds[0]} onClose={() => setCopying(false)} onPick={adopt} />
      ) : null}
      <LeaveGuard dirty={dirty} />
    </ResourcePage>
  )
}

/** Nothing typed is lost by a wrong click: leaving asks first, inside the console and by closing the page. */
function LeaveGuard({ dirty }: { dirty: boolean }) {
  const w = useWords(editorWords)
  const blocker = useBlocker(dirty)
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => event.preventDefault()
    if (dirty) window.addEventListener('beforeunload', guard)
    return () => window.removeEventListener('beforeunload', guard)
  }, [dirty])
  return (
    <Dialog
      title={w.leave}
      open={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      footer={
        <>
          <Button tone="danger" onClick={() => blocker.proceed?.()}>
            {w.discard}
          </Button>
          <Button tone="primary" onClick={() => blocker.reset?.()}>
            {w.stay}
          </Button>
        </>
      }
    >
      <p>{w.leaveText}</p>
    </Dialog>
  )
}

/** Targets of the systems that the change is about: a plan reaches nothing else. */
function useTargets(systemIds: readonly string[]) {
  const { data } = useQuery({
    queryKey: ['targets of', ...systemIds],
    queryFn: async () =>
      (await Promise.all(systemIds.map((systemId) => api(listTargets, { query: { systemId, limit: 100 } })))).flatMap(
        (page) => page.items,
      ),
  })
  return data
}

function useSaveKey(save: (() => void) | undefined): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      save?.()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [save])
}

/** The server's lint while one types: the same function that holds the plan back later. A half-typed plan that cannot be read yet keeps the last answer. */
function useLint(change: ChangeDetail, draft: Draft) {
  const [findings, setFindings] = useState(change.lint)
  useEffect(() => {
    const timer = setTimeout(() => {
      const body = { plan: draft.plan, windowStart: draft.windowStart, windowEnd: draft.windowEnd }
      api(lintPlanNow, { params: { changeId: change.id }, body }).then(
        (answer) => setFindings(answer.findings),
        () => {},
      )
    }, 350)
    return () => clearTimeout(timer)
  }, [draft.plan, draft.windowStart, draft.windowEnd, change.id])
  return findings
}

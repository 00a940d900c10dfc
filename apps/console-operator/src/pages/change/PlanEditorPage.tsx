import './change.css'
import { type ChangeDetail, getChange, lintPlanNow, savePlan } from '@huabiao/domains/change/change.contract'
import { boundStates } from '@huabiao/domains/change/change.model'
import { listCandidates } from '@huabiao/domains/change/change-overview.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, IconButton, LinkButton } from '@huabiao/ui/primitives/Button'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { NumberField, TextArea } from '@huabiao/ui/primitives/Field'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useBlocker, useParams } from 'react-router'
import { api, codeOf } from '../../api/client.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { ActionFields, ExpectFields } from './ActionFields.tsx'
import { AutoRollback } from './AutoRollback.tsx'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import { LintList } from './LintList.tsx'
import { examplePlan, moved, newAction, newExpectation, newStep, sealed } from './plan-draft.ts'
import { StepFields } from './StepFields.tsx'

export function Page() {
  const { changeId = '' } = useParams()
  const w = useWords(changeWords)
  const { data: change, error, refetch } = useApi(getChange, { params: { changeId } })
  if (!change)
    return (
      <ResourcePage title={w.title}>{error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}</ResourcePage>
    )
  return <Editor key={change.id} change={change} onReload={() => void refetch()} />
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
  const blocker = useBlocker(dirty)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    if (window.confirm(w.leave)) blocker.proceed()
    else blocker.reset()
  }, [blocker, w.leave])
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => event.preventDefault()
    if (dirty) window.addEventListener('beforeunload', guard)
    return () => window.removeEventListener('beforeunload', guard)
  }, [dirty])
  const submit = async (): Promise<void> => save.mutate({ params, ifMatch: base, body: { ...draft, plan: await sealed(plan) } })
  const accounts = [...new Set(targets.flatMap((target) => target.accounts.map((account) => account.name)))]
  const refusal = change.acts.find((act) => act.act === 'savePlan')?.refusal
  const people = (of: 'executors' | 'reviewers') =>
    (candidates.data?.[of] ?? []).map((person) => ({ value: person.id, label: person.name, disabled: person.refusal !== null }))
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
          {plan.steps.length === 0 && targets.length > 0 ? (
            <Button
              onClick={() =>
                edit({
                  plan: examplePlan(
                    targets.map((target) => target.id),
                    accounts[0] ?? '',
                  ),
                })
              }
            >
              {w.example}
            </Button>
          ) : null}
          <LinkButton to={paths.change(change.id)}>{c.cancel}</LinkButton>
          <Button
            tone="primary"
            busy={save.isPending}
            disabledReason={refusal ?? (dirty ? undefined : w.saved)}
            onClick={() => void submit()}
          >
            {w.save}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {refusal ? <RefusalNote code={refusal} /> : null}
        {(boundStates as readonly string[]).includes(change.state) ? <StatusTag tone="wait">{w.voids}</StatusTag> : null}
        {save.error ? (
          <ProblemNote
            error={save.error}
            action={
              codeOf(save.error) === 'request.stale' ? (
                <Button
                  size="small"
                  onClick={() => {
                    onReload()
                    setBase(change.version)
                  }}
                >
                  {w.reload}
                </Button>
              ) : undefined
            }
          />
        ) : null}
        <div className="overview">
          <div className="stack gap-16">
            <Card title={w.who}>
              <div className="editor-row">
                <div className="three">
                  <DateTimeField
                    label={w.windowStart}
                    value={draft.windowStart}
                    onChange={(windowStart) => edit({ windowStart })}
                  />
                </div>
                <div className="three">
                  <DateTimeField label={w.windowEnd} value={draft.windowEnd} onChange={(windowEnd) => edit({ windowEnd })} />
                </div>
                <div className="three">
                  <SelectField
                    label={w.executor}
                    placeholder={w.choose}
                    value={draft.executorId ?? ''}
                    onChange={(id) => edit({ executorId: id || null })}
                    options={people('executors')}
                  />
                </div>
                <div className="three">
                  <SelectField
                    label={w.reviewer}
                    placeholder={w.choose}
                    value={draft.reviewerId ?? ''}
                    onChange={(id) => edit({ reviewerId: id || null })}
                    options={people('reviewers')}
                  />
                </div>
              </div>
            </Card>
            <Card title={w.text}>
              <div className="stack gap-12">
                <TextArea
                  label={c.impact}
                  required
                  value={plan.impact}
                  onChange={(impact) => setPlan({ impact })}
                  maxLength={4000}
                />
                <TextArea
                  label={c.emergency}
                  required
                  value={plan.emergencyPlan}
                  onChange={(emergencyPlan) => setPlan({ emergencyPlan })}
                  maxLength={4000}
                />
                <AutoRollback checked={plan.autoRollback === true} onChange={(autoRollback) => setPlan({ autoRollback })} />
              </div>
            </Card>
            <Card title={w.steps} flush>
              <ol>
                {plan.steps.map((step, i) => (
                  <StepFields
                    key={i}
                    step={step}
                    index={i}
                    accounts={accounts}
                    findings={findings}
                    onChange={(next) => setPlan({ steps: plan.steps.map((one, at) => (at === i ? next : one)) })}
                    onMove={(by) => setPlan({ steps: moved(plan.steps, i, by) })}
                    onRemove={() => setPlan({ steps: plan.steps.filter((_, at) => at !== i) })}
                  />
                ))}
              </ol>
              <div className="pad row gap-8">
                {(['precheck', 'execute', 'verify'] as const).map((phase) => (
                  <Button
                    key={phase}
                    icon="plus"
                    onClick={() => setPlan({ steps: [...plan.steps, newStep(plan, phase, accounts[0] ?? '')] })}
                  >
                    {w.addStep}：{c.phases[phase]}
                  </Button>
                ))}
              </div>
            </Card>
          </div>
          <div className="stack gap-16 editor-side">
            <LintList findings={findings} />
            <Card title={w.batches}>
              <div className="stack gap-12">
                {plan.batches.map((batch, i) => (
                  <fieldset key={i} className="stack gap-6">
                    <div className="row gap-8">
                      <b>{c.batch(i + 1)}</b>
                      <span className="push row gap-4">
                        <IconButton icon="up" label={w.up} onClick={() => setPlan({ batches: moved(plan.batches, i, -1) })} />
                        <IconButton icon="down" label={w.down} onClick={() => setPlan({ batches: moved(plan.batches, i, 1) })} />
                        <IconButton
                          icon="delete"
                          label={w.remove}
                          onClick={() => setPlan({ batches: plan.batches.filter((_, at) => at !== i) })}
                        />
                      </span>
                    </div>
                    {targets.map((target) => (
                      <Checkbox
                        key={target.id}
                        checked={batch.targetIds.includes(target.id)}
                        disabled={
                          !batch.targetIds.includes(target.id) &&
                          plan.batches.some((other) => other.targetIds.includes(target.id))
                        }
                        onChange={(on) => {
                          const targetIds = on
                            ? [...batch.targetIds, target.id]
                            : batch.targetIds.filter((id) => id !== target.id)
                          setPlan({ batches: plan.batches.map((one, at) => (at === i ? { ...one, targetIds } : one)) })
                        }}
                      >
                        {target.name}{' '}
                        <span className="faint small">
                          {target.host}:{target.port}
                        </span>
                      </Checkbox>
                    ))}
                    <NumberField
                      label={w.soak}
                      min={0}
                      max={604_800}
                      unit={w.seconds}
                      value={batch.soakSeconds}
                      onChange={(soakSeconds) =>
                        setPlan({
                          batches: plan.batches.map((one, at) => (at === i ? { ...one, soakSeconds: soakSeconds ?? 0 } : one)),
                        })
                      }
                    />
                  </fieldset>
                ))}
                <div>
                  <Button
                    icon="plus"
                    onClick={() => setPlan({ batches: [...plan.batches, { targetIds: [], soakSeconds: 900 }] })}
                  >
                    {w.addBatch}
                  </Button>
                </div>
              </div>
            </Card>
            <Card title={w.health}>
              <div className="stack gap-8">
                <p className="muted small">{w.healthHint}</p>
                {plan.health ? (
                  <>
                    <SelectField
                      label={w.account}
                      value={plan.health.account}
                      onChange={(account) => plan.health && setPlan({ health: { ...plan.health, account } })}
                      options={accounts.map((name) => ({ value: name, label: name }))}
                    />
                    <ActionFields
                      value={plan.health.action}
                      onChange={(action) => plan.health && setPlan({ health: { ...plan.health, action } })}
                    />
                    <ExpectFields
                      value={plan.health.expect}
                      onChange={(expect) => plan.health && setPlan({ health: { ...plan.health, expect } })}
                    />
                  </>
                ) : (
                  <Button
                    icon="plus"
                    onClick={() =>
                      setPlan({
                        health: {
                          account: accounts[0] ?? '',
                          action: newAction('command'),
                          expect: newExpectation,
                          timeoutSeconds: 30,
                        },
                      })
                    }
                  >
                    {w.health}
                  </Button>
                )}
              </div>
            </Card>
          </div>
        </div>
      </div>
    </ResourcePage>
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
  return data ?? []
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

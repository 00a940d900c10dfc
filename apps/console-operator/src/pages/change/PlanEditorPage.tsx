import './change.css'
import './plan-editor.css'
import { type ChangeDetail, getChange, savePlan } from '@huabiao/domains/change/change.contract'
import { boundStates } from '@huabiao/domains/change/change.model'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { BatchFields } from './BatchFields.tsx'
import { CopyPlanDialog } from './CopyPlanDialog.tsx'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import { HealthFields } from './HealthFields.tsx'
import { LeaveGuard } from './LeaveGuard.tsx'
import { LintList } from './LintList.tsx'
import { jumpTo } from './lint-place.ts'
import { TextFields, WhoFields } from './PlanHeadFields.tsx'
import { PlanView } from './PlanView.tsx'
import { adopted, examplePlan, sealed } from './plan-draft.ts'
import { type Draft, useLint, useSaveKey, useTargets } from './plan-sources.ts'
import { StepList } from './StepList.tsx'

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
  const { data: targets, error } = useTargets(change.systemIds)
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
        {error ? <ProblemNote error={error} compact /> : null}
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
            <WhoFields changeId={change.id} draft={draft} onChange={edit} />
            <BatchFields targets={targets} batches={plan.batches} onChange={(batches) => setPlan({ batches })} />
            <StepList plan={plan} accounts={accounts} findings={findings} onChange={(steps) => setPlan({ steps })} />
            <HealthFields health={plan.health} accounts={accounts} onChange={(health) => setPlan({ health })} />
          </div>
          <div className="stack gap-16 editor-side">
            <LintList findings={findings} onGo={jumpTo} />
            <TextFields plan={plan} onChange={setPlan} />
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

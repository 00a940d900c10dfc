import '../change/change.css'
import '../change/plan-editor.css'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { draftTemplate, getTemplate, saveTemplate, type TemplateDetail } from '@huabiao/domains/template/template.contract'
import { planFault, slotFault, TemplateBody } from '@huabiao/domains/template/template.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { HealthFields } from '../change/HealthFields.tsx'
import { LeaveGuard } from '../change/LeaveGuard.tsx'
import { TextFields } from '../change/PlanHeadFields.tsx'
import { sealed } from '../change/plan-draft.ts'
import { useSaveKey, useTargets } from '../change/plan-sources.ts'
import { StepList } from '../change/StepList.tsx'
import { LimitFields } from './LimitFields.tsx'
import { ParameterFields } from './ParameterFields.tsx'
import { templateWords } from './template-words.ts'

const blank: TemplateBody = {
  name: '',
  summary: '',
  parameters: [],
  plan: { impact: '', emergencyPlan: '', steps: [], health: null, autoRollback: false },
  grey: { batchSize: 1, soakSeconds: 900 },
  limits: {
    maxTargets: 2,
    tiers: ['inner'],
    systemIds: [],
    maxRisk: 'R3',
    fromMinute: null,
    toMinute: null,
    maxWindowMinutes: 120,
  },
}

export function Page() {
  const { templateId } = useParams()
  const can = useCan()
  if (!can('template:draft')) return <ForbiddenPage />
  return templateId ? <Existing templateId={templateId} /> : <Editor template={undefined} />
}

function Existing({ templateId }: { templateId: string }) {
  const w = useWords(templateWords)
  const { data: template, error } = useApi(getTemplate, { params: { templateId } })
  const refusal = template?.acts.find((act) => act.act === 'save')?.refusal
  if (!template || refusal)
    return (
      <ResourcePage title={w.title} crumbs={[{ to: paths.templates, label: w.title }]}>
        {refusal ? <RefusalNote code={refusal} /> : error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  return <Editor template={template} />
}

function Editor({ template }: { template: TemplateDetail | undefined }) {
  const w = useWords(templateWords)
  const go = useNavigate()
  const [body, setBody] = useState<TemplateBody>(() => template?.versions[0]?.body ?? blank)
  const [dirty, setDirty] = useState(false)
  const set = (patch: Partial<TemplateBody>): void => {
    setBody({ ...body, ...patch })
    setDirty(true)
  }
  const onDone = (saved: TemplateDetail) => {
    setDirty(false)
    toast(w.saved)
    void go(paths.template(saved.id))
  }
  const create = useAct(draftTemplate, { onDone })
  const save = useAct(saveTemplate, { onDone })
  const parsed = TemplateBody.safeParse(body)
  const fault = slotFault(body) ?? planFault(body)
  const busy = create.isPending || save.isPending
  const submit = async (): Promise<void> => {
    const { batches: _none, ...plan } = await sealed({ ...body.plan, batches: [] })
    const whole = { body: { ...body, plan } }
    if (template) save.mutate({ params: { templateId: template.id }, body: whole })
    else create.mutate({ body: whole })
  }
  useSaveKey(dirty && parsed.success && !fault && !busy ? () => void submit() : undefined)
  const { data: targets, error: unknown } = useTargets(body.limits.systemIds)
  const accounts = [
    ...new Set(
      (targets ?? []).flatMap((target) =>
        target.accounts.filter((account) => !account.privileged).map((account) => account.name),
      ),
    ),
  ]
  const plan: ChangePlan = { ...body.plan, batches: [] }
  const setPlan = (patch: Partial<ChangePlan>): void => {
    const { batches: _none, ...rest } = { ...plan, ...patch }
    set({ plan: rest })
  }
  const error = create.error ?? save.error ?? unknown
  return (
    <ResourcePage
      title={template ? `${w.edit} · ${template.name}` : w.create}
      crumbs={[{ to: paths.templates, label: w.title }]}
      actions={
        <>
          <LinkButton to={template ? paths.template(template.id) : paths.templates}>{w.cancel}</LinkButton>
          <Button
            tone="primary"
            busy={busy}
            hint="Ctrl+S"
            disabledReason={fault ? <RefusalHint code={fault.code} /> : parsed.success ? undefined : w.saveHint}
            onClick={() => void submit()}
          >
            {w.save}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} /> : null}
        {fault ? <RefusalNote code={fault.code} details={Object.values(fault.params).join(' · ')} compact /> : null}
        <div className="editor">
          <div className="stack gap-16">
            <ParameterFields parameters={body.parameters} onChange={(parameters) => set({ parameters })} />
            <StepList plan={plan} accounts={accounts} findings={[]} onChange={(steps) => setPlan({ steps })} />
            <HealthFields health={body.plan.health} accounts={accounts} onChange={(health) => setPlan({ health })} />
          </div>
          <div className="stack gap-16 editor-side">
            <Card title={w.name}>
              <div className="stack gap-12">
                <TextField label={w.name} value={body.name} onChange={(name) => set({ name })} required maxLength={120} />
                <TextArea
                  label={w.summary}
                  value={body.summary}
                  onChange={(summary) => set({ summary })}
                  required
                  maxLength={4000}
                  rows={3}
                />
              </div>
            </Card>
            <LimitFields body={body} onChange={set} />
            <TextFields plan={plan} onChange={setPlan} />
          </div>
        </div>
      </div>
      <LeaveGuard dirty={dirty && !busy} />
    </ResourcePage>
  )
}

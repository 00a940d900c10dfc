import '../change/change.css'
import {
  getTemplate,
  retireTemplate,
  reviseTemplate,
  submitTemplate,
  type TemplateDetail,
} from '@huabiao/domains/template/template.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ExpectText } from '../change/CheckText.tsx'
import { changeWords } from '../change/change-words.ts'
import { ActionText, StepCard } from '../change/PlanView.tsx'
import { LifeCard } from './LifeCard.tsx'
import { StandingCard } from './Standing.tsx'
import { LimitsCard, ParametersCard } from './TemplateFacts.tsx'
import { toneOfTemplate } from './template-tones.ts'
import { templateWords } from './template-words.ts'
import { UseDrawer } from './UseDrawer.tsx'

export function Page() {
  const { templateId = '' } = useParams()
  const w = useWords(templateWords)
  const { data: template, error } = useApi(getTemplate, { params: { templateId } }, { everyMs: 10_000 })
  const crumbs = [{ to: paths.templates, label: w.title }]
  if (!template)
    return (
      <ResourcePage title={w.title} crumbs={crumbs}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  return (
    <ResourcePage
      title={template.name}
      crumbs={[...crumbs, { to: paths.template(template.id), label: template.no }]}
      badges={<StateBadge tone={toneOfTemplate[template.state]}>{`v${template.version} ${w.states[template.state]}`}</StateBadge>}
      meta={template.summary}
      actions={<Acts template={template} />}
    >
      <Whole template={template} />
    </ResourcePage>
  )
}

function Acts({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const can = useCan()
  const [using, setUsing] = useState(false)
  const [retiring, setRetiring] = useState(false)
  const params = { templateId: template.id }
  const submit = useAct(submitTemplate, { onDone: () => toast(w.done) })
  const revise = useAct(reviseTemplate, { onDone: () => toast(w.done) })
  const retire = useAct(retireTemplate, {
    onDone: () => {
      toast(w.done)
      setRetiring(false)
    },
  })
  const refusalOf = (act: string) => template.acts.find((one) => one.act === act)?.refusal
  const why = (act: string, permission: string) => {
    const refusal = refusalOf(act)
    return can(permission) ? refusal ? <RefusalHint code={refusal} /> : undefined : w.notAllowed
  }
  const error = submit.error ?? revise.error
  return (
    <>
      {error ? <ProblemNote error={error} compact /> : null}
      {template.state === 'draft' ? (
        <>
          {refusalOf('save') === null ? (
            <LinkButton to={paths.editTemplate(template.id)} icon="edit">
              {w.edit}
            </LinkButton>
          ) : null}
          <Button
            tone="primary"
            busy={submit.isPending}
            disabledReason={why('submit', 'template:draft')}
            onClick={() => submit.mutate({ params, body: {} })}
          >
            {w.submit}
          </Button>
        </>
      ) : (
        <Button
          hint={w.reviseHint}
          busy={revise.isPending}
          disabledReason={why('revise', 'template:draft')}
          onClick={() => revise.mutate({ params, body: {} })}
        >
          {w.revise}
        </Button>
      )}
      {template.publishedVersion ? (
        <>
          <Button tone="danger" disabledReason={why('retire', 'template:retire')} onClick={() => setRetiring(true)}>
            {w.retire}
          </Button>
          <Button tone="primary" icon="plus" disabledReason={why('use', 'change:draft')} onClick={() => setUsing(true)}>
            {w.use}
          </Button>
        </>
      ) : null}
      {using ? <UseDrawer template={template} onClose={() => setUsing(false)} /> : null}
      {retiring ? (
        <ReasonDialog
          title={`${w.retire} · ${template.name}`}
          words={{ reason: w.reason, hint: w.retireHint, act: w.retire, cancel: w.cancel }}
          busy={retire.isPending}
          error={retire.error}
          onConfirm={(reason) => retire.mutate({ params, body: { reason } })}
          onClose={() => setRetiring(false)}
        />
      ) : null}
    </>
  )
}

function Whole({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const c = useWords(changeWords)
  const newest = template.versions[0]!
  const { body } = newest
  return (
    <div className="page-split even">
      <div className="stack gap-16">
        <Card title={w.steps} flush extra={newest.hash ? <HashChip hash={newest.hash} label={w.hash} /> : null}>
          <ol>
            {body.plan.steps.map((step) => (
              <StepCard key={step.key} step={step} />
            ))}
          </ol>
        </Card>
        {body.plan.health ? (
          <Card title={c.health}>
            <ActionText action={body.plan.health.action} />
            <ExpectText expect={body.plan.health.expect} />
          </Card>
        ) : null}
        <Card title={w.textTitle}>
          <p className="wrap">{body.plan.impact || '—'}</p>
          <p className="wrap muted">{body.plan.emergencyPlan || '—'}</p>
        </Card>
        <Uses template={template} />
      </div>
      <div className="stack gap-16">
        <StandingCard standing={template.standing} />
        <LifeCard template={template} />
        <ParametersCard body={body} />
        <LimitsCard body={body} />
        <Versions template={template} />
      </div>
    </div>
  )
}

function Uses({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const format = useFormat()
  return (
    <Card title={w.usedBy}>
      {template.uses.length === 0 ? <EmptyState title={w.noUses} icon="change" compact /> : null}
      <ul className="stack gap-8">
        {template.uses.map((use) => (
          <li key={use.changeId} className="row gap-8">
            <StatusTag tone={use.failedAt ? 'bad' : use.closedAt ? 'good' : 'neutral'}>
              {use.failedAt ? w.failed : use.closedAt ? w.succeeded : w.running}
            </StatusTag>
            <Link to={paths.change(use.changeId)}>{use.changeNo}</Link>
            <span className="muted small">v{use.version}</span>
            <span className="muted small push">{format.dateTime(use.failedAt ?? use.closedAt ?? use.at)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Versions({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const format = useFormat()
  return (
    <Card title={w.versions}>
      <ol className="stack gap-8">
        {template.versions.map((version) => (
          <li key={version.version} className="stack gap-4">
            <div className="row gap-8">
              <b>v{version.version}</b>
              <StatusTag tone={toneOfTemplate[version.state]}>{w.states[version.state]}</StatusTag>
              <span>{version.author.name}</span>
              <span className="muted small push">{format.dateTime(version.createdAt)}</span>
            </div>
            {version.end ? (
              <span className="muted small">
                {version.end.person.name} {format.dateTime(version.end.at)} · {version.end.reason}
              </span>
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}

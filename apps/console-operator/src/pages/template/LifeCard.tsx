import { decideTemplate, type TemplateDetail, testTemplate } from '@huabiao/domains/template/template.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { templateWords } from './template-words.ts'

/** Who tested, reviewed and published the newest version, and the next of these for whoever may do it. */
export function LifeCard({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const format = useFormat()
  const { test } = template.versions[0]!
  const failed = template.state === 'rejected' && template.stages.length === 0
  return (
    <Card title={w.life}>
      <ol className="stack gap-12">
        {test ? (
          <li className="stack gap-4">
            <div className="row gap-8">
              <StatusTag tone={failed ? 'bad' : 'good'}>{failed ? w.fail : w.pass}</StatusTag>
              <b>{w.tested}</b>
              <span>{test.tester.name}</span>
              <span className="muted small push">{format.dateTime(test.at)}</span>
            </div>
            <span className="muted small">
              {test.environment} · {test.note}
            </span>
          </li>
        ) : null}
        {template.stages.map((stage) => (
          <li key={stage.key} className="stack gap-4">
            <div className="row gap-8">
              <StatusTag
                tone={
                  stage.state === 'approved'
                    ? 'good'
                    : stage.state === 'rejected'
                      ? 'bad'
                      : stage.state === 'open'
                        ? 'wait'
                        : 'neutral'
                }
              >
                {w.stageStates[stage.state] ?? stage.state}
              </StatusTag>
              <b>{w.stages[stage.key] ?? stage.key}</b>
            </div>
            <span className="muted small">
              {stage.decidedBy
                ? `${stage.decidedBy.name} · ${stage.note}`
                : format.labelled(w.candidates, format.list(stage.candidates.map((person) => person.name)))}
            </span>
          </li>
        ))}
        {template.state === 'testing' ? <Test template={template} /> : null}
        {template.state === 'reviewing' ? <Decision template={template} /> : null}
      </ol>
    </Card>
  )
}

function Test({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const can = useCan()
  const [environment, setEnvironment] = useState('')
  const [note, setNote] = useState('')
  const record = useAct(testTemplate, { onDone: () => toast(w.done) })
  const refusal = can('template:test') ? template.acts.find((one) => one.act === 'test')?.refusal : 'access.denied'
  if (refusal) return <HeldReason code={refusal} />
  const body = testTemplate.body.safeParse({ hash: template.versions[0]!.hash, environment, note, verdict: 'pass' })
  const send = (verdict: 'pass' | 'fail') =>
    body.success && record.mutate({ params: { templateId: template.id }, body: { ...body.data, verdict } })
  return (
    <li className="stack gap-8">
      {record.error ? <ProblemNote error={record.error} compact /> : null}
      <TextField label={w.environment} value={environment} onChange={setEnvironment} maxLength={120} required />
      <TextArea label={w.note} value={note} onChange={setNote} maxLength={4000} rows={2} required />
      <div className="row gap-8">
        <Button
          tone="primary"
          busy={record.isPending}
          disabledReason={body.success ? undefined : w.testHint}
          onClick={() => send('pass')}
        >
          {w.pass}
        </Button>
        <Button
          tone="danger"
          busy={record.isPending}
          disabledReason={body.success ? undefined : w.testHint}
          onClick={() => send('fail')}
        >
          {w.fail}
        </Button>
      </div>
    </li>
  )
}

function Decision({ template }: { template: TemplateDetail }) {
  const w = useWords(templateWords)
  const can = useCan()
  const [note, setNote] = useState('')
  const decide = useAct(decideTemplate, {
    onDone: () => {
      toast(w.done)
      setNote('')
    },
  })
  const refusal = can('template:decide') ? template.acts.find((one) => one.act === 'decide')?.refusal : 'access.denied'
  if (refusal) return <HeldReason code={refusal} />
  const body = decideTemplate.body.safeParse({ hash: template.versions[0]!.hash, note, verdict: 'approve' })
  const send = (verdict: 'approve' | 'reject') =>
    body.success && decide.mutate({ params: { templateId: template.id }, body: { ...body.data, verdict } })
  return (
    <li className="stack gap-8">
      {decide.error ? <ProblemNote error={decide.error} compact /> : null}
      <TextArea label={w.note} value={note} onChange={setNote} maxLength={4000} rows={2} required />
      <div className="row gap-8">
        <Button
          tone="primary"
          busy={decide.isPending}
          disabledReason={body.success ? undefined : w.noteHint}
          onClick={() => send('approve')}
        >
          {w.approve}
        </Button>
        <Button
          tone="danger"
          busy={decide.isPending}
          disabledReason={body.success ? undefined : w.noteHint}
          onClick={() => send('reject')}
        >
          {w.reject}
        </Button>
      </div>
    </li>
  )
}

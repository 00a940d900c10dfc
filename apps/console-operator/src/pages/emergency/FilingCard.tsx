import { type EmergencyDetail, fileEmergency } from '@huabiao/domains/emergency/emergency.contract'
import { type RollbackState, rollbackStates } from '@huabiao/domains/emergency/emergency-filing.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { emergencyWords } from './emergency-words.ts'

/** The filing as it stands; to its executor, the form to write or change it. */
export function FilingCard({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const [writing, setWriting] = useState(false)
  const may = of.acts.file === null
  const stands = of.filing && of.state !== 'violation'
  if (may && (writing || !stands)) return <FilingForm of={of} onDone={() => setWriting(false)} />
  if (!of.filing) return null
  return (
    <Card
      title={w.filing}
      extra={
        may ? (
          <Button size="small" icon="edit" onClick={() => setWriting(true)}>
            {w.filingAgain}
          </Button>
        ) : null
      }
    >
      <Filing of={of} filing={of.filing} />
    </Card>
  )
}

function Filing({ of, filing }: { of: EmergencyDetail; filing: NonNullable<EmergencyDetail['filing']> }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const text = (value: string) => <span className="wrap-anywhere">{value}</span>
  const words = of.words.filter(
    (word) => word.round === filing.version && (word.kind === 'countersign' || word.kind === 'decide'),
  )
  return (
    <div className="stack gap-12">
      <div className="row gap-8 wrap-row">
        <StatusTag tone="neutral">{w.filingVersion(filing.version)}</StatusTag>
        <span className="muted small">{w.filingBy(filing.author.name, format.seconds(filing.at))}</span>
        {words.map((word) => (
          <StatusTag
            key={`${word.kind}${word.by.id}`}
            tone={word.verdict === 'yes' ? 'good' : 'bad'}
            hint={word.note || undefined}
          >
            {word.kind === 'countersign' ? w.countersign : word.verdict === 'yes' ? w.acts.approve : w.acts.reject} {word.by.name}
            {word.part ? ` · ${w.parts[word.part]}` : ''}
          </StatusTag>
        ))}
        {of.wanted.map((part) => (
          <StatusTag key={part} tone="wait">
            {w.partWanted(w.parts[part])}
          </StatusTag>
        ))}
      </div>
      <Facts
        items={[
          { label: w.cause, value: text(filing.cause) },
          { label: w.impact, value: text(filing.impact) },
          { label: w.steps, value: text(filing.steps) },
          { label: w.verification, value: text(filing.verification) },
          { label: w.rollback, value: text(`${w.rollbacks[filing.rollback]} · ${filing.rollbackNote}`) },
        ]}
      />
    </div>
  )
}

function FilingForm({ of, onDone }: { of: EmergencyDetail; onDone: () => void }) {
  const w = useWords(emergencyWords)
  const before = of.filing
  const [text, setText] = useState({
    cause: before?.cause ?? '',
    impact: before?.impact ?? '',
    steps: before?.steps ?? of.draftSteps,
    verification: before?.verification ?? '',
    rollbackNote: before?.rollbackNote ?? '',
  })
  const [rollback, setRollback] = useState<RollbackState>(before?.rollback ?? 'not-needed')
  const [said, setSaid] = useState<Readonly<Record<number, string>>>(
    Object.fromEntries((before?.explanations ?? []).map((one) => [one.seq, one.text])),
  )
  const act = useAct(fileEmergency, {
    onDone: () => {
      toast(w.done)
      onDone()
    },
  })
  const explanations = Object.entries(said)
    .map(([seq, value]) => ({ seq: Number(seq), text: value.trim() }))
    .filter((one) => one.text !== '')
  const parsed = fileEmergency.body.safeParse({ ...text, rollback, explanations })
  const area = (name: keyof typeof text, hint?: string, rows = 2) => (
    <TextArea
      label={w[name]}
      value={text[name]}
      onChange={(value) => setText({ ...text, [name]: value })}
      rows={rows}
      maxLength={4000}
      required
      hint={hint}
      mono={name === 'steps'}
    />
  )
  return (
    <Card title={w.filingNew} className="emergency-act">
      <div className="stack gap-12">
        {act.error ? <ProblemNote error={act.error} compact /> : null}
        {area('cause')}
        {area('impact')}
        {area('steps', w.stepsHint, 6)}
        {area('verification')}
        <span className="field-label">{w.rollback}</span>
        <Segmented
          label={w.rollback}
          value={rollback}
          onChange={setRollback}
          options={rollbackStates.map((value) => ({ value, label: w.rollbacks[value] }))}
        />
        {area('rollbackNote')}
        {of.commands.length > 0 ? (
          <fieldset className="field">
            <legend className="field-label">{w.explain}</legend>
            {of.commands.slice(0, 200).map((command) => (
              <div key={command.seq} className="stack gap-4">
                <code className="wrap-anywhere">
                  {command.seq}. {command.text}
                </code>
                <TextField
                  label={`${w.explain} ${command.seq}`}
                  hideLabel
                  value={said[command.seq] ?? ''}
                  onChange={(value) => setSaid({ ...said, [command.seq]: value })}
                  maxLength={500}
                  placeholder={w.explain}
                  size="small"
                />
              </div>
            ))}
          </fieldset>
        ) : null}
        <div className="row gap-8">
          <Button
            tone="primary"
            busy={act.isPending}
            disabledReason={parsed.success ? undefined : w.fileMissing}
            onClick={() => parsed.success && act.mutate({ params: { emergencyId: of.id }, body: parsed.data })}
          >
            {w.fileIt}
          </Button>
          {of.filing && of.state !== 'violation' ? <Button onClick={onDone}>{w.cancel}</Button> : null}
        </div>
      </div>
    </Card>
  )
}

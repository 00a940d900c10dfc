import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { itemWords } from './item-words.ts'

type Reviewed = ChangeDetail['items'][number]
type Difference = Reviewed['differences'][number]
const isOpen = (one: Difference): boolean => !one.declared && one.explanation === null

/** What each target said before and after, and who answers for what the plan does not declare (G-CIV). */
export function ItemReview({ change }: { change: ChangeDetail }) {
  const i = useWords(itemWords)
  const [explaining, setExplaining] = useState<Reviewed>()
  const mayExplain = change.acts.find((one) => one.act === 'explainItems')?.refusal === null
  return (
    <Card title={i.title} flush>
      <p className="pad muted small">{change.items.length === 0 ? i.none : i.hint}</p>
      {change.items.map((item) => {
        const open = item.differences.filter(isOpen)
        return (
          <section key={item.target.id} aria-label={item.target.name}>
            <div className="pad row gap-8 wrap-row">
              <b>{item.target.name}</b>
              <StatusTag tone={open.length > 0 ? 'wait' : 'good'}>
                {item.differences.length === 0 ? i.same : i.count(item.differences.length)}
              </StatusTag>
              {open.length > 0 && mayExplain ? (
                <span className="push">
                  <Button size="small" icon="edit" onClick={() => setExplaining(item)}>
                    {i.explain(open.length)}
                  </Button>
                </span>
              ) : null}
            </div>
            {item.differences.length > 0 ? <Differences of={item.differences} /> : null}
          </section>
        )
      })}
      {explaining ? <ExplainDialog change={change} item={explaining} onClose={() => setExplaining(undefined)} /> : null}
    </Card>
  )
}

function Differences({ of }: { of: readonly Difference[] }) {
  const i = useWords(itemWords)
  const format = useFormat()
  const shown = (value: string | null, missing: boolean): string =>
    value === null
      ? i.absent
      : missing
        ? i.there
        : /^[0-9a-f]{64}$/.test(value)
          ? `${value.slice(0, 12)}…`
          : (i.values[value] ?? value)
  return (
    <div className="matrix-frame">
      <table className="matrix" aria-label={i.title}>
        <thead>
          <tr>
            {[i.question, i.before, i.after, i.verdict].map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.map((one) => {
            const [question = '', ...rest] = one.key.split(' ')
            const missing = question === 'missing'
            return (
              <tr key={one.key}>
                <th scope="row">
                  <span className="faint small">{(i.questions as Record<string, string>)[question] ?? question}</span>{' '}
                  <code>{rest.join(' ')}</code>
                </th>
                <td>
                  <code>{shown(one.before, missing)}</code>
                </td>
                <td>
                  <code>{shown(one.after, missing)}</code>
                </td>
                <td>
                  <StatusTag tone={one.declared ? 'good' : one.explanation ? 'side' : 'wait'}>
                    {one.declared ? i.declared : one.explanation ? i.explained : i.open}
                  </StatusTag>
                  {one.explanation ? (
                    <div className="small muted wrap">
                      {one.explanation.person.name} · {format.dateTime(one.explanation.at)} · {one.explanation.note}
                    </div>
                  ) : null}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function ExplainDialog({ change, item, onClose }: { change: ChangeDetail; item: Reviewed; onClose: () => void }) {
  const i = useWords(itemWords)
  const [note, setNote] = useState('')
  const run = useAct(execution.explainItems, { onDone: onClose })
  const open = item.differences.filter(isOpen)
  const items = open.map(({ key }) => ({ targetId: item.target.id, key }))
  return (
    <Dialog
      title={i.explainTitle(item.target.name)}
      open
      onClose={onClose}
      width={640}
      footer={
        <>
          <Button onClick={onClose}>{i.cancel}</Button>
          <Button
            tone="primary"
            busy={run.isPending}
            disabledReason={note.trim() === '' ? i.noteHint : undefined}
            onClick={() => run.mutate({ params: { changeId: change.id }, body: { items, note: note.trim() } })}
          >
            {i.explain(open.length)}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <Differences of={open} />
        <TextArea label={i.note} required value={note} onChange={setNote} maxLength={500} autoFocus />
        {run.error ? <ProblemNote error={run.error} /> : null}
      </div>
    </Dialog>
  )
}

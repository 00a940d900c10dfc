import type { ViolationDetail } from '@huabiao/domains/violation/violation.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import type { ReactNode } from 'react'
import { violationWords } from './violation-words.ts'

type Said = ViolationDetail['answer']
/** Step by step: who said what and when, what is waited for, and what was not taken. */
export function Handling({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const format = useFormat()
  const deadline = (name: ViolationDetail['deadlines'][number]['name']) => of.deadlines.find((one) => one.name === name)
  const closed = of.state === 'closed'
  const steps: { key: 'answer' | 'decide' | 'appeal' | 'review'; title: string; said: Said; tag?: ReactNode }[] = [
    { key: 'answer', title: w.answer, said: of.answer },
    {
      key: 'decide',
      title: w.decision,
      said: of.decision,
      tag: of.verdict ? (
        <StatusTag tone={of.verdict === 'confirmed' ? 'bad' : 'good'}>{w.verdicts[of.verdict]}</StatusTag>
      ) : undefined,
    },
    ...(of.verdict === 'dismissed'
      ? []
      : ([
          { key: 'appeal', title: w.appeal, said: of.appeal },
          {
            key: 'review',
            title: w.review,
            said: of.review,
            tag: of.reviewVerdict ? (
              <StatusTag tone={of.reviewVerdict === 'upheld' ? 'bad' : 'good'}>{w.reviews[of.reviewVerdict]}</StatusTag>
            ) : undefined,
          },
        ] as const)),
  ]
  return (
    <ol className="violation-steps">
      <li className="done">
        <b>{w.raised}</b>
        <span className="muted small">{format.dateTime(of.raisedAt)}</span>
      </li>
      {steps.map(({ key, title, said, tag }) => {
        const due = deadline(key)
        const running = !said && due && !closed && (!due.firedAt || key === of.deadline?.name)
        return (
          <li key={key} className={said ? 'done' : running ? 'now' : ''}>
            <div className="row gap-8 wrap-row">
              <b>{title}</b>
              {tag}
              {due?.firedAt && key !== 'appeal' ? <StatusTag tone="bad">{w.missed}</StatusTag> : null}
            </div>
            {said ? (
              <>
                <span className="muted small">
                  {said.by.name} · {format.dateTime(said.at)}
                </span>
                <p className="pre-line wrap">{said.text}</p>
              </>
            ) : (
              <span className="muted small">
                {due && !closed ? w.waitsUntil(format.dateTime(due.dueAt)) : closed ? w.skipped : '—'}
                {due && due.yearsWithoutTable.length > 0 ? ` · ${w.noTable(format.list(due.yearsWithoutTable.map(String)))}` : ''}
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

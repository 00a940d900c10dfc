import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { DueTag } from './DeadlineTag.tsx'
import { deadlineWords } from './deadline-words.ts'
import { ReassignDialog } from './ReassignDialog.tsx'

export type Stage = NonNullable<ChangeDetail['approval']>['stages'][number]

/** Of one stage: until when, who stands in, which seats changed hands and why, and the handover itself. */
export function StageSeats({ change, stage }: { change: ChangeDetail; stage: Stage }) {
  const w = useWords(deadlineWords)
  const format = useFormat()
  const [asking, setAsking] = useState(false)
  const refusal = change.acts.find((act) => act.act === 'reassign')?.refusal
  const waits = stage.state === 'open' || stage.state === 'waiting'
  return (
    <>
      {stage.state === 'open' && stage.dueAt ? (
        <div>
          <DueTag name={null} dueAt={stage.dueAt} />
        </div>
      ) : null}
      {waits && stage.deputies.length > 0 ? (
        <div className="muted small">
          {format.labelled(w.deputies, format.list(stage.deputies.map((one) => w.standsFor(one.person.name, one.of.name))))}
        </div>
      ) : null}
      {stage.seats.map((seat) => (
        <div key={seat.at} className="small">
          {seat.kind === 'deputy'
            ? w.joined(seat.to.name, seat.from.name)
            : w.handed(seat.from.name, seat.to.name, seat.by?.name ?? '—')}{' '}
          <span className="muted">{format.dateTime(seat.at)}</span> {seat.kind === 'reassigned' ? seat.reason : null}
        </div>
      ))}
      {waits && refusal !== 'access.denied' && stage.candidates.length > 0 ? (
        <div>
          <Button
            size="small"
            disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined}
            onClick={() => setAsking(true)}
          >
            {w.reassign}
          </Button>
        </div>
      ) : null}
      {asking ? <ReassignDialog change={change} stage={stage} onClose={() => setAsking(false)} /> : null}
    </>
  )
}

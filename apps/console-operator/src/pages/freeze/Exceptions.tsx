import { decideException, type ExceptionView, type FreezeView } from '@huabiao/domains/freeze/freeze.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { toast } from '@huabiao/ui/primitives/toast'
import { Link } from 'react-router'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { freezeWords } from './freeze-words.ts'

const tones = { open: 'wait', granted: 'good', refused: 'bad' } as const

export function Exceptions({ freeze }: { freeze: FreezeView }) {
  const w = useWords(freezeWords)
  return (
    <section className="stack gap-12">
      <h3>{w.exceptions}</h3>
      <p className="muted small">{w.exceptionsText}</p>
      {freeze.exceptions.length === 0 ? <span className="faint">{w.noExceptions}</span> : null}
      {freeze.exceptions.map((one) => (
        <Exception key={one.id} exception={one} />
      ))}
    </section>
  )
}

function Exception({ exception }: { exception: ExceptionView }) {
  const w = useWords(freezeWords)
  const format = useFormat()
  const can = useCan()
  const decide = useAct(decideException, { onDone: () => toast(w.done) })
  const send = (verdict: 'approve' | 'refuse') => decide.mutate({ params: { exceptionId: exception.id }, body: { verdict } })
  const held = (refusal: string | null) =>
    can('freeze:except') ? refusal ? <RefusalHint code={refusal} /> : undefined : w.notAllowed
  return (
    <div className="stack gap-8">
      <div className="row gap-12 wrap-row">
        <Link to={paths.change(exception.change.id)}>{exception.change.no}</Link>
        <StatusTag tone={tones[exception.state]}>{w.exceptionStates[exception.state]}</StatusTag>
        {exception.state === 'open' ? <span className="muted small">{w.approved(exception.decisions.length)}</span> : null}
      </div>
      <span>{exception.reason}</span>
      <span className="muted small">
        {w.by} {exception.requestedBy} {format.dateTime(exception.requestedAt)}
      </span>
      {exception.decisions.map((one) => (
        <span key={one.by} className="muted small">
          {w.decisions} {one.by} {w.verdicts[one.verdict]} {format.dateTime(one.at)}
        </span>
      ))}
      {exception.refusalNote ? <span className="small">{exception.refusalNote}</span> : null}
      {decide.error ? <ProblemNote error={decide.error} compact /> : null}
      {exception.state === 'open' ? (
        <div className="row gap-8">
          <Button
            size="small"
            tone="primary"
            busy={decide.isPending}
            disabledReason={held(exception.approveRefusal)}
            onClick={() => send('approve')}
          >
            {w.approve}
          </Button>
          <Button
            size="small"
            tone="danger"
            busy={decide.isPending}
            disabledReason={held(exception.refuseRefusal)}
            onClick={() => send('refuse')}
          >
            {w.refuse}
          </Button>
        </div>
      ) : null}
    </div>
  )
}

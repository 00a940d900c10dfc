import type { ChangeDetail, DeadlineView } from '@huabiao/domains/change/change.contract'
import { readDeadline } from '@huabiao/domains/change/change-deadline.model'
import { useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { changeWords } from './change-words.ts'
import { deadlineWords } from './deadline-words.ts'

/** What is waited for: `审批：二线（L2）`. */
export function useDeadlineName(): (name: string) => string {
  const w = useWords(deadlineWords)
  const c = useWords(changeWords)
  return (full) => {
    const { name, stage } = readDeadline(full)
    const what = w.names[name] ?? full
    return stage ? w.ofStage(what, c.stageNames[stage.replace(/-\d+$/, '')] ?? stage) : what
  }
}

/** Time left, or how late; red when late, amber in the last quarter of an hour. */
export function DueTag({ name, dueAt, hint }: { name: string | null; dueAt: string; hint?: React.ReactNode }) {
  const w = useWords(deadlineWords)
  const format = useFormat()
  const nameOf = useDeadlineName()
  const left = Date.parse(dueAt) - useNow(10_000)
  const what = name === null ? w.due(format.dateTime(dueAt)) : nameOf(name)
  // Minutes are enough, and the last one is one.
  const time = format.duration(Math.max(60_000, Math.floor(Math.abs(left) / 60_000) * 60_000))
  return (
    <StatusTag
      tone={left < 0 ? 'bad' : left < 15 * 60_000 ? 'wait' : 'neutral'}
      icon="clock"
      hint={
        hint ? (
          <>
            {w.due(format.dateTime(dueAt))}
            <br />
            {hint}
          </>
        ) : undefined
      }
    >
      {left < 0 ? w.late(what, time) : w.left(what, time)}
    </StatusTag>
  )
}

/** The deadline of the present state: the one that is late first, else the nearest that is a person's. */
export function DeadlineTag({ change }: { change: ChangeDetail }) {
  const w = useWords(deadlineWords)
  const missed = change.deadlines.find((one) => one.outcome === 'unready' || one.outcome === 'rollBack')
  const shown = current(change.deadlines)
  return (
    <>
      {missed ? (
        <StatusTag tone="bad" icon="clock">
          {missed.outcome === 'unready' ? w.missedBegin : w.rolledBackBySystem}
        </StatusTag>
      ) : null}
      {shown ? <DueTag name={shown.name} dueAt={shown.dueAt} hint={<Counting of={shown} />} /> : null}
    </>
  )
}
const isCheck = (one: DeadlineView): boolean => one.name.startsWith('check-')
function current(deadlines: readonly DeadlineView[]): DeadlineView | undefined {
  const late = deadlines.find((one) => one.outcome === 'tell' || one.outcome === 'deputies')
  const running = deadlines.filter((one) => one.firedAt === null)
  return late ?? running.find((one) => !isCheck(one)) ?? running[0]
}

function Counting({ of }: { of: DeadlineView }) {
  const w = useWords(deadlineWords)
  const format = useFormat()
  return (
    <>
      {w.calendars[of.calendar]}
      {of.yearsWithoutTable.length > 0 ? (
        <>
          <br />
          {w.noTable(format.list(of.yearsWithoutTable.map(String)))}
        </>
      ) : null}
    </>
  )
}

/** A year whose holidays nobody entered is said where everybody sees it, not in a hint alone. */
export function MissingTable({ change }: { change: ChangeDetail }) {
  const w = useWords(deadlineWords)
  const format = useFormat()
  const years = [...new Set(change.deadlines.flatMap((one) => one.yearsWithoutTable))]
  return years.length > 0 ? (
    <StatusTag tone="wait" icon="calendar">
      {w.noTable(format.list(years.map(String)))}
    </StatusTag>
  ) : null
}

import type { ChangeDetail, StepRunView } from '@huabiao/domains/change/change.contract'
import { snapshotKey } from '@huabiao/domains/change/change-snapshot.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { toneOfRun } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { itemWords } from './item-words.ts'

/** Steps down, targets across by batch: where the change stands, at a glance and in words. */
export function RunMatrix({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const columns = change.plan.batches.flatMap((batch, i) => batch.targetIds.map((id) => ({ id, batch: i + 1 })))
  const words = useWords(itemWords)
  const asked = (phase: 'before' | 'after') =>
    change.next?.phase === phase || change.runs.some((run) => run.phase === phase)
      ? [{ key: snapshotKey, phase: phase as string, title: words.snapshot }]
      : []
  const rows = [
    ...asked('before'),
    ...change.plan.steps.map((step) => ({ key: step.key, phase: step.phase as string, title: step.title })),
    ...(change.plan.health ? [{ key: 'health', phase: 'health', title: w.health }] : []),
    ...(change.runs.some((run) => run.phase === 'rollback')
      ? change.plan.steps
          .filter((step) => step.rollback?.kind === 'action')
          .map((step) => ({ key: step.key, phase: 'rollback', title: step.title }))
      : []),
    ...asked('after'),
  ]
  const last = (key: string, phase: string, target: string): StepRunView | undefined =>
    change.runs.findLast((run) => run.stepKey === key && run.phase === phase && run.target.id === target)
  return (
    <Card title={w.matrix} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard */}
      <section className="matrix-frame" tabIndex={0} aria-label={w.matrix}>
        <table className="matrix" aria-label={w.matrix}>
          <thead>
            <tr>
              <th scope="col">{w.steps}</th>
              {columns.map((column) => (
                <th key={column.id} scope="col" className={column.batch === change.currentBatch ? 'current' : ''}>
                  <span className="faint small">{w.batch(column.batch)}</span>
                  {change.targets.find((target) => target.id === column.id)?.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.phase} ${row.key}`}>
                <th scope="row">
                  <span className="faint small">{w.phases[row.phase]}</span> {row.title}
                </th>
                {columns.map((column) => {
                  const run = last(row.key, row.phase, column.id)
                  const isNext =
                    change.next?.stepKey === row.key && change.next.phase === row.phase && change.next.targetId === column.id
                  return (
                    <td key={column.id} className={isNext ? 'next' : ''}>
                      {run ? (
                        <StatusTag tone={toneOfRun(run.state)} live={run.state === 'started'}>
                          {w.runStates[run.state]}
                        </StatusTag>
                      ) : (
                        <span className="faint small">{isNext ? w.next : w.pending}</span>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  )
}

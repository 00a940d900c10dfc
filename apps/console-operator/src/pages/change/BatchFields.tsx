import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import type { TargetItem } from '@huabiao/domains/cmdb/cmdb.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField } from '@huabiao/ui/primitives/Field'
import type { z } from 'zod'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import { assign, type Split, split } from './plan-draft.ts'

export type Target = z.infer<typeof TargetItem>
type Batches = ChangePlan['batches']

/** Which targets, in which batch, and how long each batch is watched. */
export function BatchFields({
  targets,
  batches,
  onChange,
}: {
  targets: readonly Target[] | undefined
  batches: Batches
  onChange: (batches: Batches) => void
}) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const chosen = batches.flatMap((batch) => batch.targetIds)
  const splitting = chosen.length > 0 ? chosen : (targets ?? []).map((target) => target.id)
  const systems = [...new Set((targets ?? []).map((target) => target.systemName))]
  const batchOf = (id: string): number => batches.findIndex((batch) => batch.targetIds.includes(id)) + 1
  const options = [
    { value: '0', label: w.notIn },
    ...batches.map((_, i) => ({ value: String(i + 1), label: c.batch(i + 1) })),
    { value: String(batches.length + 1), label: w.newBatch },
  ]
  return (
    <Card
      title={w.targetsAndBatches}
      extra={
        splitting.length > 1
          ? (['each', 'first', 'halves'] as const satisfies readonly Split[]).map((how) => (
              <Button
                key={how}
                size="small"
                hint={w.splitHints[how]}
                onClick={() => onChange(split(splitting, how, batches[0]?.soakSeconds))}
              >
                {w.splits[how]}
              </Button>
            ))
          : null
      }
    >
      {targets?.length === 0 ? <EmptyState title={w.noTargets} text={w.noTargetsText} icon="host" compact /> : null}
      <div className="batch-fields" data-at="batches">
        <div className="stack gap-8">
          {systems.map((system) => (
            <fieldset key={system} className="stack gap-4">
              <legend className="faint small">{system}</legend>
              {targets
                ?.filter((target) => target.systemName === system)
                .map((target) => (
                  <div key={target.id} className={`target-row${batchOf(target.id) > 0 ? ' in' : ''}`}>
                    <span className="clip" title={`${target.name} ${target.host}:${target.port}`}>
                      <b>{target.name}</b>{' '}
                      <span className="faint small">
                        {target.host}:{target.port}
                      </span>
                    </span>
                    <SelectField
                      label={`${target.name} ${w.batches}`}
                      hideLabel
                      size="small"
                      value={String(batchOf(target.id))}
                      onChange={(no) => onChange(assign(batches, target.id, Number(no)))}
                      options={options}
                    />
                  </div>
                ))}
            </fieldset>
          ))}
        </div>
        <ol className="stack gap-8">
          {batches.map((batch, i) => (
            <li key={batch.targetIds.join(' ')} className="soak-row" data-at={`batches[${i}]`}>
              <span>
                <b>{c.batch(i + 1)}</b> <span className="muted small">{w.machines(batch.targetIds.length)}</span>
              </span>
              <NumberField
                label={`${c.batch(i + 1)} ${w.soak}`}
                hideLabel
                min={0}
                max={604_800}
                unit={`${w.seconds} ${w.soak}`}
                value={batch.soakSeconds}
                onChange={(soakSeconds) =>
                  onChange(batches.map((one, at) => (at === i ? { ...one, soakSeconds: soakSeconds ?? 0 } : one)))
                }
              />
            </li>
          ))}
          {batches.length === 0 ? <li className="muted small">{w.noBatches}</li> : null}
        </ol>
      </div>
    </Card>
  )
}

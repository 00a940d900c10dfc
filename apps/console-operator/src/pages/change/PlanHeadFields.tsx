import { listCandidates } from '@huabiao/domains/change/change-overview.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { useApi } from '../../api/hooks.ts'
import { AutoRollback } from './AutoRollback.tsx'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import type { Draft } from './plan-sources.ts'

/** When, and which two persons; whoever may not take part is listed and cannot be chosen. */
export function WhoFields({
  changeId,
  draft,
  onChange: edit,
}: {
  changeId: string
  draft: Draft
  onChange: (part: Partial<Draft>) => void
}) {
  const w = useWords(editorWords)
  const candidates = useApi(listCandidates, { params: { changeId } })
  const people = (of: 'executors' | 'reviewers') =>
    (candidates.data?.[of] ?? []).map((person) => ({ value: person.id, label: person.name, disabled: person.refusal !== null }))
  return (
    <Card title={w.who}>
      {candidates.error ? <ProblemNote error={candidates.error} compact /> : null}
      <div className="editor-row quarters" data-at="window">
        <DateTimeField label={w.windowStart} value={draft.windowStart} onChange={(windowStart) => edit({ windowStart })} />
        <DateTimeField label={w.windowEnd} value={draft.windowEnd} onChange={(windowEnd) => edit({ windowEnd })} />
        <SelectField
          label={w.executor}
          placeholder={w.choose}
          value={draft.executorId ?? ''}
          onChange={(id) => edit({ executorId: id || null })}
          options={people('executors')}
        />
        <SelectField
          label={w.reviewer}
          placeholder={w.choose}
          value={draft.reviewerId ?? ''}
          onChange={(id) => edit({ reviewerId: id || null })}
          options={people('reviewers')}
        />
      </div>
    </Card>
  )
}

/** What it does to others, and what is done when it goes wrong. */
export function TextFields({ plan, onChange: setPlan }: { plan: ChangePlan; onChange: (part: Partial<ChangePlan>) => void }) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  return (
    <Card title={w.text}>
      <div className="stack gap-12">
        <div data-at="impact">
          <TextArea
            label={c.impact}
            required
            rows={4}
            value={plan.impact}
            onChange={(impact) => setPlan({ impact })}
            maxLength={4000}
          />
        </div>
        <div data-at="emergencyPlan">
          <TextArea
            label={c.emergency}
            required
            rows={4}
            value={plan.emergencyPlan}
            onChange={(emergencyPlan) => setPlan({ emergencyPlan })}
            maxLength={4000}
          />
        </div>
        <AutoRollback checked={plan.autoRollback === true} onChange={(autoRollback) => setPlan({ autoRollback })} />
      </div>
    </Card>
  )
}

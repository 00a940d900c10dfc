import { useWords } from '@huabiao/ui/i18n/language'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { deadlineWords } from './deadline-words.ts'

/** Part of the plan, and so of what is approved (itsm §2.1, rows 22 and 24). */
export function AutoRollback({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const w = useWords(deadlineWords)
  return (
    <div className="stack gap-4">
      <Checkbox checked={checked} onChange={onChange}>
        {w.autoRollback}
      </Checkbox>
      <span className="muted small">{w.autoRollbackHint}</span>
    </div>
  )
}

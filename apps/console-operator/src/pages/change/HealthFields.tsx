import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField } from '@huabiao/ui/primitives/Field'
import { ActionFields, ExpectFields } from './ActionFields.tsx'
import { editorWords } from './editor-words.ts'
import { newAction, newExpectation } from './plan-draft.ts'

type Health = ChangePlan['health']
export function HealthFields({
  health,
  accounts,
  onChange,
}: {
  health: Health
  accounts: readonly string[]
  onChange: (health: Health) => void
}) {
  const w = useWords(editorWords)
  const fresh = { account: accounts[0] ?? '', action: newAction('command'), expect: newExpectation, timeoutSeconds: 30 }
  return (
    <Card
      title={w.health}
      extra={
        health ? (
          <Button size="small" tone="quiet" icon="delete" onClick={() => onChange(null)}>
            {w.remove}
          </Button>
        ) : null
      }
    >
      <div className="stack gap-8" data-at="health">
        <p className="muted small">{w.healthHint}</p>
        {health ? (
          <div className="editor-row">
            <div className="three stack gap-8">
              <div className="editor-row">
                <div className="three">
                  <SelectField
                    label={w.account}
                    value={health.account}
                    onChange={(account) => onChange({ ...health, account })}
                    options={[...new Set([...accounts, health.account])]
                      .filter(Boolean)
                      .map((name) => ({ value: name, label: name }))}
                  />
                </div>
                <div className="three">
                  <NumberField
                    label={w.timeout}
                    min={1}
                    max={600}
                    unit={w.seconds}
                    value={health.timeoutSeconds}
                    onChange={(seconds) => onChange({ ...health, timeoutSeconds: seconds ?? 30 })}
                  />
                </div>
              </div>
              <ActionFields value={health.action} onChange={(action) => onChange({ ...health, action })} />
            </div>
            <div className="three" data-at="health.expect">
              <ExpectFields value={health.expect} onChange={(expect) => onChange({ ...health, expect })} />
            </div>
          </div>
        ) : (
          <div>
            <Button icon="plus" onClick={() => onChange(fresh)}>
              {w.health}
            </Button>
          </div>
        )}
      </div>
    </Card>
  )
}

import './access.css'
import { type RoleCode, roleCodes, roles } from '@huabiao/domains/access/access.model'
import { simulatePolicy } from '@huabiao/domains/access/access-policy.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import { type FormEvent, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'
import { policyWords } from './policy-words.ts'
import { RolesField } from './RolesField.tsx'

const doors = ['console', 'rest', 'ssh', 'web-terminal'] as const
const knownActions = [...new Set(roleCodes.flatMap((code) => roles[code].actions))].sort()

export function Page() {
  const can = useCan()
  return can('policy:read') ? <Simulator /> : <ForbiddenPage />
}

function Simulator() {
  const w = useWords(policyWords)
  const access = useWords(accessWords)
  const ui = useWords(uiWords)
  const [chosen, setChosen] = useState<RoleCode[]>([])
  const [action, setAction] = useState('change:execute')
  const [resource, setResource] = useState('*')
  const [at, setAt] = useState<string | null>(null)
  const [sourceIp, setSourceIp] = useState('127.0.0.1')
  const [door, setDoor] = useState<(typeof doors)[number]>('console')
  const [terminalRegistered, setRegistered] = useState(true)
  const [mfaAgeSeconds, setMfaAge] = useState<number | null>(60)
  const run = useAct(simulatePolicy, { refresh: [] })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen.length === 0 || run.isPending) return
    run.mutate({
      body: { roles: chosen, action, resource, sourceIp, door, terminalRegistered, mfaAgeSeconds, ...(at ? { at } : {}) },
    })
  }
  return (
    <ResourcePage title={access.title} meta={w.simulatorMeta} tabs={<AccessTabs />}>
      <div className="page-split two-columns">
        <Card label={w.simulator}>
          <form className="stack gap-16" onSubmit={submit}>
            <RolesField label={w.roles} chosen={chosen} onChange={setChosen} />
            <div className="form-grid">
              <SelectField
                label={w.action}
                value={action}
                onChange={setAction}
                options={knownActions.map((value) => ({ value, label: value }))}
              />
              <TextField label={w.resource} value={resource} onChange={setResource} mono hint={w.resourceHint} maxLength={200} />
              <DateTimeField label={w.at} value={at} onChange={setAt} hint={w.atHint} />
              <SelectField
                label={w.door}
                value={door}
                onChange={setDoor}
                options={doors.map((value) => ({ value, label: w.doors[value] }))}
              />
              <TextField label={w.sourceIp} value={sourceIp} onChange={setSourceIp} mono maxLength={64} />
              <NumberField label={w.mfa} value={mfaAgeSeconds} onChange={setMfaAge} min={0} unit={w.seconds} />
            </div>
            <Checkbox checked={terminalRegistered} onChange={setRegistered}>
              {w.registered}
            </Checkbox>
            <div>
              <Button
                type="submit"
                tone="primary"
                icon="play"
                busy={run.isPending}
                disabledReason={chosen.length > 0 ? undefined : ui.missing(w.roles)}
              >
                {w.run}
              </Button>
            </div>
          </form>
        </Card>
        <Card title={w.result}>
          <div aria-live="polite">
            {run.error ? <ProblemNote error={run.error} compact /> : null}
            {run.data ? (
              <Result result={run.data} />
            ) : run.error ? null : (
              <EmptyState title={w.resultEmpty} icon="guard" compact />
            )}
          </div>
        </Card>
      </div>
    </ResourcePage>
  )
}

function Result({ result }: { result: ResponseOf<typeof simulatePolicy> }) {
  const w = useWords(policyWords)
  const format = useFormat()
  const nameOf = useRoleName()
  return (
    <div className="stack gap-16">
      <div>
        <StateBadge tone={result.allowed ? 'good' : 'bad'}>{result.allowed ? w.allowed : w.refused}</StateBadge>
      </div>
      <Facts
        items={[
          { label: w.byRole, value: result.byRole.length > 0 ? format.list(result.byRole.map(nameOf)) : w.byNoRole },
          {
            label: w.decisions[result.decision],
            value: result.policy ? w.byPolicy(result.policy.name, result.policy.statement + 1) : w.noPolicy,
          },
        ]}
      />
    </div>
  )
}

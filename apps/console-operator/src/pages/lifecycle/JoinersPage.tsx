import './lifecycle.css'
import { type JoinerView, listJoiners } from '@huabiao/domains/lifecycle/lifecycle-norm.contract'
import { type JoinerStep, joinerSteps } from '@huabiao/domains/lifecycle/lifecycle-norm.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { lifecycleWords } from './lifecycle-words.ts'
import { normWords } from './norm-words.ts'
import { PeopleTabs } from './PeopleTabs.tsx'

export function Page() {
  const can = useCan()
  return can('lifecycle:oversee') ? <Joiners /> : <ForbiddenPage />
}

const organizations = { to: paths.organizations, needs: 'organization:read' }
const accounts = { to: paths.accounts, needs: 'account:read' }
/** Where the step is taken, and what it takes to be let in there. */
const placeOf: Readonly<Record<JoinerStep, { to: string; needs: string }>> = {
  person: organizations,
  training: organizations,
  account: accounts,
  logon: accounts,
  factor: accounts,
  terminal: { to: paths.terminals, needs: 'terminal:manage' },
  role: { to: paths.bindings, needs: 'role:read' },
}

function Steps({ of }: { of: JoinerView }) {
  const w = useWords(normWords)
  return (
    <ol className="joiner-steps">
      {joinerSteps.map((step) => {
        const done = of.done.includes(step)
        return (
          <li key={step} className={done ? 'done' : step === of.next ? 'next' : ''}>
            {done ? <Icon name="check" size={12} /> : null}
            {w.steps[step]}
          </li>
        )
      })}
    </ol>
  )
}

function Next({ step }: { step: JoinerStep }) {
  const w = useWords(normWords)
  const can = useCan()
  const { to, needs } = placeOf[step]
  return can(needs) ? <Link to={to}>{w.nextHints[step]}</Link> : <span>{w.nextHints[step]}</span>
}

function Joiners() {
  const w = useWords(normWords)
  const l = useWords(lifecycleWords)
  const format = useFormat()
  const can = useCan()
  const { data, error } = useApi(listJoiners)
  const columns: Column<JoinerView>[] = [
    {
      key: 'person',
      title: w.person,
      width: 130,
      render: (row) => (
        <span className="stack">
          <span className="strong">{row.person.name}</span>
          {row.login ? <code className="faint small">{row.login}</code> : null}
        </span>
      ),
    },
    { key: 'progress', title: w.progress, render: (row) => <Steps of={row} /> },
    {
      key: 'next',
      title: w.next,
      width: 220,
      render: (row) => (row.next ? <Next step={row.next} /> : null),
    },
    { key: 'registered', title: w.registered, width: 110, render: (row) => format.date(row.registeredAt) },
  ]
  return (
    <ResourcePage
      title={l.title}
      meta={w.joinersMeta}
      tabs={<PeopleTabs />}
      actions={
        can('person:manage') ? (
          <LinkButton to={paths.organizations} tone="primary" icon="plus">
            {w.register}
          </LinkButton>
        ) : (
          <Button tone="primary" icon="plus" disabledReason={w.notAllowed}>
            {w.register}
          </Button>
        )
      }
    >
      <Card flush label={l.tabs.joiners}>
        <ResourceTable
          label={l.tabs.joiners}
          columns={columns}
          rows={data?.items}
          error={error}
          rowKey={(row) => row.person.id}
          empty={<EmptyState title={w.noJoiners} text={w.noJoinersText} icon="people" />}
        />
      </Card>
    </ResourcePage>
  )
}

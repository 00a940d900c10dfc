import { isRole, roleCodes } from '@huabiao/domains/access/access.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { type AccessRow, exportAccessReview, getAccessReview } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { abilities } from '@huabiao/domains/lifecycle/lifecycle-review.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { Link } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { PeopleTabs } from './PeopleTabs.tsx'
import { reviewWords } from './review-words.ts'
import { saveText } from './save-text.ts'

export function Page() {
  const can = useCan()
  return can('lifecycle:oversee') ? <AccessReview /> : <ForbiddenPage />
}

function Today({ of }: { of: AccessRow }) {
  const w = useWords(reviewWords)
  const format = useFormat()
  if (!of.abilities.includes('execute') && !of.abilities.includes('review')) return null
  if (of.plans.length === 0) return <span className="faint small">{w.nothingToday}</span>
  return (
    <span className="stack small">
      {of.plans.map((plan) => (
        <span key={`${plan.changeId} ${plan.part}`} className="cut">
          {w.parts[plan.part]} <Link to={paths.change(plan.changeId)}>{plan.changeNo}</Link> {format.list(plan.systems)}
        </span>
      ))}
    </span>
  )
}

function useColumns(): Column<AccessRow>[] {
  const w = useWords(reviewWords)
  const format = useFormat()
  const roleName = useRoleName()
  return [
    {
      key: 'person',
      title: w.person,
      width: 130,
      render: (row) => (
        <span className="stack">
          <span className="strong">{row.person.name}</span>
          {row.department ? <span className="faint small">{row.department}</span> : null}
        </span>
      ),
    },
    {
      key: 'role',
      title: w.role,
      width: 240,
      render: (row) => (
        <span className="row gap-8 wrap-row">
          {roleName(row.role)} <code className="faint">{row.role}</code>
          {row.duty ? <code className="faint small">{row.duty}</code> : null}
          {row.suspended ? <StatusTag tone="bad">{w.suspended}</StatusTag> : null}
        </span>
      ),
    },
    {
      key: 'abilities',
      title: w.ability,
      width: 190,
      render: (row) => format.list(row.abilities.map((one) => w.abilities[one])),
    },
    { key: 'today', title: w.today, render: (row) => <Today of={row} /> },
    { key: 'until', title: w.until, width: 110, render: (row) => format.date(row.until) },
    { key: 'granted', title: w.granted, width: 120, render: (row) => w.grants[row.granted] ?? row.granted },
  ]
}

/** Kept in the address, so that a question can be sent to somebody. */
function Filters({ more }: { more: boolean }) {
  const w = useWords(reviewWords)
  const roleName = useRoleName()
  const [role, setRole] = useParam('role')
  const [can, setCan] = useParam('can')
  const [system, setSystem] = useParam('system')
  const systems = useApi(listSystems, { query: { limit: 100 } })
  return (
    <div className="filter-bar">
      <SelectField
        label={w.role}
        hideLabel
        size="small"
        value={role}
        onChange={setRole}
        options={[
          { value: '', label: w.anyRole },
          ...roleCodes.map((code) => ({ value: code, label: `${code} ${roleName(code)}` })),
        ]}
      />
      <SelectField
        label={w.ability}
        hideLabel
        size="small"
        value={can}
        onChange={setCan}
        options={[{ value: '', label: w.anyAbility }, ...abilities.map((one) => ({ value: one, label: w.abilities[one] }))]}
      />
      <SelectField
        label={w.system}
        hideLabel
        size="small"
        value={system}
        onChange={setSystem}
        options={[
          { value: '', label: w.anySystem },
          ...(systems.data?.items ?? []).map((one) => ({ value: one.id, label: one.name })),
        ]}
      />
      {more ? <span className="muted small push">{w.more}</span> : null}
    </div>
  )
}

function AccessReview() {
  const w = useWords(reviewWords)
  const l = useWords(lifecycleWords)
  const columns = useColumns()
  const [role] = useParam('role')
  const [can] = useParam('can')
  const [system] = useParam('system')
  const [digest, setDigest] = useState<string>()
  const ability = abilities.find((one) => one === can)
  const filter = { ...(isRole(role) ? { role } : {}), ...(ability ? { ability } : {}), ...(system ? { systemId: system } : {}) }
  const { data, error } = useApi(getAccessReview, { query: filter })
  const take = useAct(exportAccessReview, {
    refresh: [],
    onDone: (file) => {
      saveText(file.name, file.csv)
      setDigest(file.sm3)
      toast(w.exported(file.rows))
    },
  })
  return (
    <ResourcePage
      title={l.title}
      meta={w.accessMeta}
      tabs={<PeopleTabs />}
      actions={
        <Button icon="download" busy={take.isPending} onClick={() => take.mutate({ body: filter })}>
          {w.export}
        </Button>
      }
    >
      <div className="stack gap-12">
        {take.error ? <ProblemNote error={take.error} compact /> : null}
        {digest ? (
          <span className="row gap-8">
            <span className="muted small">{w.digest}</span>
            <HashChip hash={digest} label={w.digest} long />
          </span>
        ) : null}
        <Card flush label={l.tabs.access}>
          <Filters more={data?.more === true} />
          <ResourceTable
            label={l.tabs.access}
            columns={columns}
            rows={data?.items}
            error={error}
            rowKey={(row) => `${row.person.id} ${row.role} ${row.duty ?? ''} ${row.since}`}
            empty={<EmptyState title={w.noAccess} icon="role" />}
          />
        </Card>
      </div>
    </ResourcePage>
  )
}

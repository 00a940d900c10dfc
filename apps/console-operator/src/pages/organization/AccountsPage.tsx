import { type AccountStatus, accountStatuses } from '@huabiao/domains/identity/identity.model'
import { type AccountView, listAccounts } from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { AccountDrawer } from './AccountDrawer.tsx'
import { AccountTags } from './AccountTags.tsx'
import { accountWords } from './account-words.ts'
import { NewAccountDialog } from './NewAccountDialog.tsx'
import { Recoveries } from './Recoveries.tsx'

export function Page() {
  const can = useCan()
  return can('account:read') ? <Accounts /> : <ForbiddenPage />
}

function Accounts() {
  const w = useWords(accountWords)
  const format = useFormat()
  const can = useCan()
  const [typed, setTyped, text] = useSearchText('text')
  const [status, setStatus] = useParam('status')
  const [openId, open] = useParam('account')
  const [creating, setCreating] = useState(false)
  const pages = usePages(listAccounts, {
    ...(text ? { text } : {}),
    ...(accountStatuses.includes(status as AccountStatus) ? { status: status as AccountStatus } : {}),
  })
  const columns: Column<AccountView>[] = [
    { key: 'login', title: w.login, width: 170, render: (row) => <code className="strong">{row.login}</code> },
    { key: 'person', title: w.person, width: 110, render: (row) => row.personName },
    { key: 'unit', title: w.unit, render: (row) => row.unitName },
    { key: 'state', title: w.state, width: 250, render: (row) => <AccountTags account={row} /> },
    {
      key: 'factors',
      title: w.factors,
      width: 180,
      render: (row) =>
        row.factors.length > 0 ? (
          row.factors.map((factor) => w.factorNames[factor]).join(' · ')
        ) : (
          <span className="tone-text-wait">{w.noFactor}</span>
        ),
    },
    {
      key: 'last',
      title: w.lastLogon,
      width: 140,
      render: (row) => (row.lastLogonAt ? format.dateTime(row.lastLogonAt) : <span className="faint">{w.never}</span>),
    },
    {
      key: 'until',
      title: w.notAfter,
      width: 110,
      render: (row) => (row.notAfter ? format.date(row.notAfter) : <span className="faint">{w.unlimited}</span>),
    },
  ]
  const opened = pages.rows?.find((row) => row.id === openId)
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('account:manage') ? undefined : w.notAllowed}
          onClick={() => setCreating(true)}
        >
          {w.create}
        </Button>
      }
    >
      <div className="stack gap-16">
        {can('account:recover') ? <Recoveries /> : null}
        <Card flush label={w.title}>
          <div className="filter-bar">
            <span className="wide">
              <SearchField label={w.search} value={typed} onChange={setTyped} size="small" />
            </span>
            <SelectField
              label={w.state}
              hideLabel
              size="small"
              value={status}
              onChange={setStatus}
              options={[
                { value: '', label: w.anyState },
                ...accountStatuses.map((value) => ({ value, label: w.statuses[value] })),
              ]}
            />
          </div>
          <ResourceTable
            {...pages}
            label={w.title}
            columns={columns}
            rowKey={(row) => row.id}
            onRow={(row) => open(row.id)}
            selectedKey={openId}
            empty={<EmptyState title={w.none} icon="person" />}
          />
        </Card>
      </div>
      {opened ? <AccountDrawer account={opened} onClose={() => open('')} /> : null}
      {creating ? <NewAccountDialog onClose={() => setCreating(false)} /> : null}
    </ResourcePage>
  )
}

import { listOrganizations, listPersons, type PersonView } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { useApi, usePages } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { OrganizationDialog } from './OrganizationDialog.tsx'
import { OrganizationTree } from './OrganizationTree.tsx'
import { organizationWords } from './organization-words.ts'
import { PersonDialog } from './PersonDialog.tsx'
import { PersonDrawer } from './PersonDrawer.tsx'
import { TrainingTag } from './TrainingTag.tsx'

export function Page() {
  const w = useWords(organizationWords)
  const { language } = useLanguage()
  const can = useCan()
  const me = useMe()
  const tree = useApi(listOrganizations)
  const [selectedId, select] = useParam('unit')
  const [dialog, setDialog] = useState<'unit' | 'department' | 'edit' | 'person'>()
  const items = tree.data?.items ?? []
  const selected = items.find((row) => row.id === selectedId)
  const mayWrite = can('organization:manage')
  const why = (allowed: boolean) => (allowed ? undefined : w.notAllowed)
  const writable = selected === undefined || selected.mine || selected.status === 'onboarding'
  return (
    <ResourcePage
      fill
      title={selected ? (language === 'en' ? selected.nameEn : selected.nameZh) : w.title}
      badges={
        selected ? (
          <>
            <StatusTag tone="side">{w.parties[selected.party]}</StatusTag>
            <code className="faint">{selected.code}</code>
          </>
        ) : undefined
      }
      actions={
        <>
          {me.tenant.party === 'management-unit' ? (
            <Button icon="plus" disabledReason={why(mayWrite)} onClick={() => setDialog('unit')}>
              {w.newUnit}
            </Button>
          ) : null}
          {selected ? (
            <>
              <Button
                icon="edit"
                disabledReason={why(mayWrite) ?? (writable ? undefined : w.notMine)}
                onClick={() => setDialog('edit')}
              >
                {w.edit}
              </Button>
              <Button
                icon="plus"
                disabledReason={why(mayWrite) ?? (writable ? undefined : w.notMine)}
                onClick={() => setDialog('department')}
              >
                {w.newDepartment}
              </Button>
            </>
          ) : null}
          <Button
            icon="plus"
            tone="primary"
            disabledReason={why(can('person:manage')) ?? (writable ? undefined : w.notMine)}
            onClick={() => setDialog('person')}
          >
            {w.newPerson}
          </Button>
        </>
      }
    >
      <div className="split">
        <aside className="split-side" aria-label={w.tree}>
          {tree.error ? <ProblemNote error={tree.error} compact /> : null}
          {tree.data ? (
            <OrganizationTree items={items} selectedId={selectedId} onSelect={select} />
          ) : tree.error ? null : (
            <div className="pad">
              <Skeleton lines={8} height={22} />
            </div>
          )}
        </aside>
        <div className="split-main">
          <Persons
            key={selectedId}
            of={selected ? (selected.kind === 'unit' ? { tenantId: selected.id } : { departmentId: selected.id }) : {}}
          />
        </div>
      </div>
      {dialog === 'person' ? (
        <PersonDialog
          items={items}
          unitId={selected?.tenantId ?? me.tenant.id}
          departmentId={selected?.kind === 'department' ? selected.id : ''}
          onClose={() => setDialog(undefined)}
        />
      ) : dialog ? (
        <OrganizationDialog kind={dialog} at={selected} onClose={() => setDialog(undefined)} />
      ) : null}
    </ResourcePage>
  )
}

function Persons({ of }: { of: { tenantId?: string; departmentId?: string } }) {
  const w = useWords(organizationWords)
  const { language } = useLanguage()
  const format = useFormat()
  const [typed, setTyped, text] = useSearchText('text')
  const [all, setAll] = useParam('all')
  const [openId, open] = useParam('person')
  const pages = usePages(listPersons, {
    ...of,
    ...(text ? { text } : {}),
    ...(all ? {} : { status: 'active' as const }),
  })
  const opened = pages.rows?.find((row) => row.id === openId)
  const columns: Column<PersonView>[] = [
    {
      key: 'name',
      title: w.name,
      width: 190,
      render: (row) => (
        <span className="row gap-8">
          <span className="strong">{language === 'en' ? row.nameEn : row.name}</span>
          {row.status === 'left' ? <StatusTag tone="neutral">{w.personStatuses.left}</StatusTag> : null}
        </span>
      ),
    },
    { key: 'unit', title: w.unit, render: (row) => row.unitName },
    { key: 'department', title: w.department, render: (row) => row.departmentName ?? <span className="faint">{w.none}</span> },
    { key: 'contact', title: w.contact, render: (row) => row.phone ?? row.email ?? <span className="faint">{w.none}</span> },
    { key: 'training', title: w.training, width: 170, render: (row) => <TrainingTag person={row} /> },
    { key: 'at', title: w.registered, width: 120, render: (row) => format.date(row.createdAt) },
  ]
  return (
    <Card flush label={w.persons}>
      <div className="filter-bar">
        <span className="wide">
          <SearchField label={w.personSearch} value={typed} onChange={setTyped} size="small" />
        </span>
        <Checkbox checked={all !== ''} onChange={(on) => setAll(on ? '1' : '')}>
          {w.inactive}
        </Checkbox>
      </div>
      <ResourceTable
        {...pages}
        label={w.persons}
        columns={columns}
        rowKey={(row) => row.id}
        onRow={(row) => open(row.id)}
        selectedKey={openId}
        empty={<EmptyState title={w.emptyPersons} text={w.emptyPersonsText} icon="people" />}
      />
      {opened ? <PersonDrawer person={opened} onClose={() => open('')} /> : null}
    </Card>
  )
}

import { listPreauthorisations, type PreauthorisationView } from '@huabiao/domains/consent/consent.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { useState } from 'react'
import { usePages } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { consentWords } from './consent-words.ts'
import { clockOf } from './day-minutes.ts'
import { GiveDrawer } from './GiveDrawer.tsx'
import { PreauthorisationDrawer, preauthorisationTones } from './PreauthorisationDrawer.tsx'

export function Page() {
  const can = useCan()
  return can('consent:read') ? <Preauthorisations /> : <ForbiddenPage />
}

function useColumns(): Column<PreauthorisationView>[] {
  const w = useWords(consentWords)
  const format = useFormat()
  return [
    { key: 'name', title: w.name, width: '20%', render: (row) => <span className="strong">{row.name}</span> },
    { key: 'unit', title: w.unit, width: '14%', render: (row) => row.unitName },
    {
      key: 'systems',
      title: w.systems,
      render: (row) => {
        const names = format.list(row.systems.map((one) => one.name))
        return (
          <span className="cut" title={names}>
            {names}
          </span>
        )
      },
    },
    { key: 'risk', title: w.maxRisk, width: 110, render: (row) => w.risks[row.maxRisk] },
    {
      key: 'hours',
      title: w.hours,
      width: 120,
      render: (row) =>
        row.fromMinute === null || row.toMinute === null ? w.anyHour : `${clockOf(row.fromMinute)}–${clockOf(row.toMinute)}`,
    },
    { key: 'term', title: w.notAfter, width: 150, render: (row) => format.dateTime(row.notAfter) },
    {
      key: 'state',
      title: w.state,
      width: 110,
      render: (row) => <StatusTag tone={preauthorisationTones[row.state]}>{w.states[row.state]}</StatusTag>,
    },
  ]
}

function Preauthorisations() {
  const w = useWords(consentWords)
  const can = useCan()
  const me = useMe()
  const columns = useColumns()
  const [openId, open] = useParam('preauthorisation')
  const [show, setShow] = useParam('show')
  const [giving, setGiving] = useState(false)
  const pages = usePages(listPreauthorisations, { current: show === 'all' ? 'false' : 'true' })
  const opened = pages.rows?.find((row) => row.id === openId)
  const mayGive = can('consent:give') && me.tenant.party === 'user-unit'
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button tone="primary" icon="plus" disabledReason={mayGive ? undefined : w.notAllowed} onClick={() => setGiving(true)}>
          {w.give}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <div className="filter-bar">
          <Segmented
            label={w.filter}
            value={show === 'all' ? 'all' : 'current'}
            onChange={(next) => setShow(next === 'all' ? 'all' : '')}
            options={[
              { value: 'current', label: w.current },
              { value: 'all', label: w.all },
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
          empty={<EmptyState title={w.none} text={w.noneText} icon="request" />}
        />
      </Card>
      {opened ? <PreauthorisationDrawer word={opened} onClose={() => open('')} /> : null}
      {giving ? <GiveDrawer onClose={() => setGiving(false)} /> : null}
    </ResourcePage>
  )
}

import { type FreezeItem, listFreezes } from '@huabiao/domains/freeze/freeze.contract'
import { useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { useState } from 'react'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { DeclareDrawer } from './DeclareDrawer.tsx'
import { FreezeDrawer } from './FreezeDrawer.tsx'
import { freezeTones, stateOf } from './freeze-state.ts'
import { freezeWords } from './freeze-words.ts'
import { useScopeText } from './use-scope-text.ts'

export function Page() {
  const can = useCan()
  return can('freeze:read') ? <Freezes /> : <ForbiddenPage />
}

function useColumns(): Column<FreezeItem>[] {
  const w = useWords(freezeWords)
  const format = useFormat()
  const now = useNow(30_000)
  const scopeText = useScopeText()
  return [
    { key: 'name', title: w.name, width: '22%', render: (row) => <span className="strong">{row.name}</span> },
    { key: 'span', title: w.span, width: 220, render: (row) => format.span(row.startsAt, row.endsAt) },
    {
      key: 'scope',
      title: w.scope,
      render: (row) => (
        <span className="cut" title={scopeText(row)}>
          {scopeText(row)}
        </span>
      ),
    },
    { key: 'declarer', title: w.declarer, width: 100, render: (row) => (row.everybody ? w.everybody : w.own) },
    {
      key: 'state',
      title: w.state,
      width: 130,
      render: (row) => {
        const state = stateOf(row, now)
        return <StatusTag tone={freezeTones[state]}>{w.states[state]}</StatusTag>
      },
    },
    { key: 'declared', title: w.declared, width: 190, render: (row) => `${row.declaredBy} ${format.dateTime(row.declaredAt)}` },
  ]
}

function Freezes() {
  const w = useWords(freezeWords)
  const can = useCan()
  const columns = useColumns()
  const [openId, open] = useParam('freeze')
  const [show, setShow] = useParam('show')
  const [declaring, setDeclaring] = useState(false)
  const pages = usePages(listFreezes, { current: show === 'all' ? 'false' : 'true' })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('freeze:declare') ? undefined : w.notAllowed}
          onClick={() => setDeclaring(true)}
        >
          {w.declare}
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
          empty={<EmptyState title={w.none} text={w.noneText} icon="lock" />}
        />
      </Card>
      {openId ? <FreezeDrawer freezeId={openId} onClose={() => open('')} /> : null}
      {declaring ? (
        <DeclareDrawer
          onClose={() => setDeclaring(false)}
          onDone={(id) => {
            setDeclaring(false)
            open(id)
          }}
        />
      ) : null}
    </ResourcePage>
  )
}

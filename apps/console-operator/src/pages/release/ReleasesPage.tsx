import { listReleases, type ReleaseItem } from '@huabiao/domains/release/release.contract'
import { type ReleaseState, releaseStates } from '@huabiao/domains/release/release.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { RegisterDrawer } from './RegisterDrawer.tsx'
import { ReleaseDrawer } from './ReleaseDrawer.tsx'
import { releaseWords } from './release-words.ts'

const releaseTones = { draft: 'wait', issued: 'good', withdrawn: 'bad' } as const
const isState = (text: string): text is ReleaseState => (releaseStates as readonly string[]).includes(text)

export function Page() {
  const can = useCan()
  return can('release:read') ? <Releases /> : <ForbiddenPage />
}

function useColumns(): Column<ReleaseItem>[] {
  const w = useWords(releaseWords)
  const format = useFormat()
  const act = (who: string | null, at: string | null) =>
    at ? `${who ?? ''} ${format.dateTime(at)}` : <span className="faint">{w.empty}</span>
  return [
    { key: 'product', title: w.product, render: (row) => <span className="strong">{row.product}</span> },
    { key: 'version', title: w.version, width: 130, render: (row) => <code>{row.version}</code> },
    { key: 'files', title: w.files, width: 80, render: (row) => w.filesOf(row.artifactCount) },
    {
      key: 'state',
      title: w.state,
      width: 150,
      render: (row) => <StatusTag tone={releaseTones[row.state]}>{w.states[row.state]}</StatusTag>,
    },
    {
      key: 'origin',
      title: w.origin,
      width: '20%',
      render: (row) => (
        <span className="muted cut" title={row.origin}>
          {row.origin}
        </span>
      ),
    },
    { key: 'registered', title: w.registered, width: 190, render: (row) => act(row.registeredBy, row.registeredAt) },
    { key: 'issued', title: w.issued, width: 190, render: (row) => act(row.issuedBy, row.issuedAt) },
  ]
}

function Releases() {
  const w = useWords(releaseWords)
  const can = useCan()
  const columns = useColumns()
  const [openId, open] = useParam('release')
  const [state, setState] = useParam('state')
  const [text, setText, asked] = useSearchText('text')
  const [registering, setRegistering] = useState(false)
  const pages = usePages(listReleases, { ...(isState(state) ? { state } : {}), ...(asked ? { text: asked } : {}) })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('release:register') ? undefined : w.notAllowed}
          onClick={() => setRegistering(true)}
        >
          {w.register}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <div className="filter-bar">
          <div className="wide">
            <SearchField label={w.search} size="small" value={text} onChange={setText} />
          </div>
          <SelectField
            label={w.state}
            hideLabel
            size="small"
            value={state}
            onChange={setState}
            options={[{ value: '', label: w.anyState }, ...releaseStates.map((value) => ({ value, label: w.states[value] }))]}
          />
        </div>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          onRow={(row) => open(row.id)}
          selectedKey={openId}
          rowTone={(row) => (row.state === 'draft' ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="certificate" />}
        />
      </Card>
      {openId ? <ReleaseDrawer releaseId={openId} onClose={() => open('')} /> : null}
      {registering ? (
        <RegisterDrawer
          onClose={() => setRegistering(false)}
          onDone={(id) => {
            setRegistering(false)
            open(id)
          }}
        />
      ) : null}
    </ResourcePage>
  )
}

import './ledger.css'
import { exportLedger, type LedgerRow, listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import { type Plane, planes } from '@huabiao/kit/actor/actor'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { RedLineChip, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField, TextField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { useApi, usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage, NotFoundPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { actWords } from './act-words.ts'
import { actorOf } from './actor-of.ts'
import { chainName } from './chain-name.ts'
import { ExportDialog } from './ExportDialog.tsx'
import { ledgerWords } from './ledger-words.ts'
import { RecheckMark } from './RecheckMark.tsx'
import { RecordDrawer } from './RecordDrawer.tsx'
import { VerifyChainDialog } from './VerifyChainDialog.tsx'
import { WitnessedMark } from './WitnessedMark.tsx'

export function Page() {
  const can = useCan()
  const { tenantId, plane } = useParams()
  if (!can('ledger:read')) return <ForbiddenPage />
  if (!tenantId || !planes.includes(plane as Plane)) return <NotFoundPage />
  return <Records tenantId={tenantId} plane={plane as Plane} />
}

const uuid = /^[0-9a-f-]{36}$/
function Records({ tenantId, plane }: { tenantId: string; plane: Plane }) {
  const w = useWords(ledgerWords)
  const acts = useWords(actWords)
  const format = useFormat()
  const can = useCan()
  const [search, setSearch] = useSearchParams()
  const [act, setAct, askedAct] = useSearchText('act')
  const [text, setText, askedText] = useSearchText('text')
  const [rule, setRule, askedRule] = useSearchText('rule')
  const [decision, setDecision] = useParam('decision')
  const [changeId, setChangeId] = useParam('change')
  const [seq, setSeq] = useParam('seq')
  const [verifying, setVerifying] = useState(false)
  const [exporting, setExporting] = useState(false)
  const chains = useApi(listChains)
  const chain = chains.data?.items.find((row) => row.tenantId === tenantId && row.plane === plane)
  const pages = usePages(listLedger, {
    tenantId,
    plane,
    ...(askedAct ? { act: askedAct } : {}),
    ...(askedText ? { text: askedText } : {}),
    ...(askedRule ? { rule: askedRule } : {}),
    ...(decision === 'done' || decision === 'refused' ? { decision } : {}),
    ...(uuid.test(changeId) ? { changeId } : {}),
  })
  const filtered = [...search.keys()].some((key) => key !== 'seq')
  const columns: Column<LedgerRow>[] = [
    { key: 'seq', title: w.seq, width: 76, end: true, render: (row) => <span className="mono">{row.seq}</span> },
    { key: 'at', title: w.at, width: 164, render: (row) => <span className="nowrap">{format.seconds(row.at)}</span> },
    {
      key: 'act',
      title: w.act,
      width: '24%',
      render: (row) => (
        <span className="act-cell cut" title={row.act}>
          {acts[row.act] ?? row.act} <code className="faint">{row.act}</code>
        </span>
      ),
    },
    {
      key: 'actor',
      title: w.actor,
      width: 150,
      render: (row) => (
        <span className="row gap-6">
          <span className="clip">{actorOf(row, w)}</span>
          {row.actorRole ? <code className="faint">{row.actorRole}</code> : null}
        </span>
      ),
    },
    { key: 'object', title: w.object, render: (row) => <code className="clip object-cell">{row.object}</code> },
    { key: 'door', title: w.door, width: 90, render: (row) => w.doors[row.door] ?? row.door },
    {
      key: 'decision',
      title: w.decision,
      width: 190,
      render: (row) => (
        <span className="row gap-6">
          <StatusTag tone={row.decision === 'refused' ? 'bad' : 'neutral'}>{w.decisions[row.decision]}</StatusTag>
          {row.rule ? <RedLineChip rule={row.rule} short /> : null}
        </span>
      ),
    },
  ]
  const rows = pages.rows
  const at = rows?.findIndex((row) => String(row.seq) === seq) ?? -1
  const opened = rows?.[at]
  const why = can('ledger:export') ? undefined : w.notAllowed
  const exportUrl = `${exportLedger.path}?${new URLSearchParams({ tenantId, plane })}`
  return (
    <ResourcePage
      crumbs={[{ to: paths.ledger, label: w.title }]}
      title={chain ? chainName(chain.tenantName, w) : '…'}
      badges={<StatusTag tone={plane === 'platform' ? 'info' : 'side'}>{w.planes[plane]}</StatusTag>}
      meta={
        chain ? (
          <>
            <span>
              {w.size} {format.number(chain.size)}
            </span>
            <span>
              {w.head} {chain.head ? w.covered(chain.head.size) : w.noHead}
            </span>
            <span className="row gap-4">
              {w.witness} <WitnessedMark chain={chain} hasWitness={chains.data?.hasWitness ?? false} />
            </span>
            <span className="row gap-4">
              {w.recheck} <RecheckMark chain={chain} />
            </span>
          </>
        ) : undefined
      }
      actions={
        <>
          <Button icon="guard" disabledReason={why} onClick={() => setVerifying(true)}>
            {w.verifyAll}
          </Button>
          <Button icon="download" disabledReason={why} onClick={() => setExporting(true)}>
            {w.export}
          </Button>
        </>
      }
    >
      {chain?.witnessRefusal ? (
        <div className="ledger-alarm">
          <RefusalNote code={chain.witnessRefusal.code} />
        </div>
      ) : null}
      {chain?.recheck && chain.recheck.faults > 0 ? (
        <div className="ledger-alarm">
          <RefusalNote code="ledger.evidence_altered" />
        </div>
      ) : null}
      <Card flush label={w.records}>
        <div className="filter-bar">
          <TextField
            label={w.actPrefix}
            hideLabel
            placeholder={w.actPrefix}
            value={act}
            onChange={setAct}
            size="small"
            mono
            maxLength={80}
          />
          <span className="wide">
            <SearchField label={w.text} value={text} onChange={setText} size="small" />
          </span>
          <TextField label={w.rule} hideLabel placeholder={w.rule} value={rule} onChange={setRule} size="small" maxLength={10} />
          <SelectField
            label={w.decision}
            hideLabel
            size="small"
            value={decision}
            onChange={setDecision}
            options={[
              { value: '', label: w.anyDecision },
              { value: 'done', label: w.decisions.done },
              { value: 'refused', label: w.decisions.refused },
            ]}
          />
          {filtered ? (
            <Button
              size="small"
              tone="quiet"
              icon="close"
              onClick={() => {
                setAct('')
                setText('')
                setRule('')
                setSearch({}, { replace: true })
              }}
            >
              {w.clearFilters}
            </Button>
          ) : null}
        </div>
        <ResourceTable
          {...pages}
          label={w.records}
          columns={columns}
          rowKey={(row) => String(row.seq)}
          onRow={(row) => setSeq(String(row.seq))}
          selectedKey={seq}
          rowTone={(row) => (row.decision === 'refused' ? 'bad' : undefined)}
          empty={<EmptyState title={w.noRecords} icon="search" />}
        />
      </Card>
      {opened ? (
        <RecordDrawer
          key={opened.seq}
          record={opened}
          chain={{ tenantId, plane }}
          newer={rows?.[at - 1]}
          older={rows?.[at + 1]}
          onMove={(row) => setSeq(String(row.seq))}
          onChangeFilter={(id) => {
            setSearch({ change: id }, { replace: true })
            setChangeId(id)
          }}
          onClose={() => setSeq('')}
        />
      ) : null}
      {exporting ? (
        <ExportDialog url={exportUrl} plane={plane} size={chain?.size ?? 0} onClose={() => setExporting(false)} />
      ) : null}
      {verifying ? (
        <VerifyChainDialog url={exportUrl} chain={`${tenantId}/${plane}`} onClose={() => setVerifying(false)} />
      ) : null}
    </ResourcePage>
  )
}

import './ledger.css'
import { listChains } from '@huabiao/domains/ledger/ledger.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { chainName } from './chain-name.ts'
import { ledgerWords } from './ledger-words.ts'
import { RecheckMark } from './RecheckMark.tsx'
import { WitnessedMark } from './WitnessedMark.tsx'

export function Page() {
  const can = useCan()
  return can('ledger:read') ? <Chains /> : <ForbiddenPage />
}

function Chains() {
  const w = useWords(ledgerWords)
  const format = useFormat()
  const found = useApi(listChains, {}, { everyMs: 15_000 })
  const broken = found.data?.items.find((row) => row.recheck && row.recheck.faults > 0)
  const refused = found.data?.items.find((row) => row.witnessRefusal)
  return (
    <ResourcePage title={w.title} meta={w.meta}>
      {refused?.witnessRefusal ? (
        <div className="ledger-alarm">
          <RefusalNote code={refused.witnessRefusal.code} details={<span>{chainName(refused.tenantName, w)}</span>} />
        </div>
      ) : null}
      {broken ? (
        <div className="ledger-alarm">
          <RefusalNote code="ledger.evidence_altered" details={<span>{chainName(broken.tenantName, w)}</span>} />
        </div>
      ) : null}
      <Card flush label={w.chain}>
        <ResourceTable
          label={w.chain}
          rows={found.data?.items}
          error={found.error}
          rowKey={(row) => `${row.tenantId}/${row.plane}`}
          rowTo={(row) => paths.ledgerChain(row.tenantId, row.plane)}
          empty={<EmptyState title={w.noChains} text={w.noChainsText} icon="ledger" />}
          columns={[
            {
              key: 'chain',
              title: w.chain,
              render: (row) => (
                <span className="row gap-8">
                  <Link to={paths.ledgerChain(row.tenantId, row.plane)} className="strong">
                    {chainName(row.tenantName, w)}
                  </Link>
                  <StatusTag tone={row.plane === 'platform' ? 'info' : 'side'}>{w.planes[row.plane]}</StatusTag>
                </span>
              ),
            },
            { key: 'size', title: w.size, width: 110, end: true, render: (row) => format.number(row.size) },
            {
              key: 'last',
              title: w.lastAt,
              width: 180,
              render: (row) => (row.lastAt ? format.seconds(row.lastAt) : <span className="faint">{w.none}</span>),
            },
            {
              key: 'head',
              title: w.head,
              width: 290,
              render: (row) =>
                row.head ? (
                  <span className="row gap-12">
                    <HashChip hash={row.head.root} label={w.root} />
                    <span className="muted small">{w.covered(row.head.size)}</span>
                    {row.size > row.head.size ? (
                      <span className="tone-text-wait small">{w.lag(row.size - row.head.size)}</span>
                    ) : null}
                  </span>
                ) : (
                  <span className="faint">{w.noHead}</span>
                ),
            },
            {
              key: 'witnessed',
              title: w.witness,
              width: 210,
              render: (row) => <WitnessedMark chain={row} hasWitness={found.data?.hasWitness ?? false} />,
            },
            { key: 'recheck', title: w.recheck, width: 130, render: (row) => <RecheckMark chain={row} /> },
          ]}
        />
      </Card>
    </ResourcePage>
  )
}

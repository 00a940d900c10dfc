import { type LedgerRow, proveRecord } from '@huabiao/domains/ledger/ledger.contract'
import type { Plane } from '@huabiao/kit/actor/actor'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { Spinner } from '@huabiao/ui/primitives/Skeleton'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { actWords } from './act-words.ts'
import { actorOf } from './actor-of.ts'
import { ledgerWords } from './ledger-words.ts'
import { checkProof, type Proof, type ProofCheck } from './verify.ts'

interface ChainOf {
  tenantId: string
  plane: Plane
}
export interface RecordDrawerProps {
  record: LedgerRow
  chain: ChainOf
  newer: LedgerRow | undefined
  older: LedgerRow | undefined
  onMove: (row: LedgerRow) => void
  onChangeFilter: (changeId: string) => void
  onClose: () => void
}
export function RecordDrawer({ record, chain, newer, older, onMove, onChangeFilter, onClose }: RecordDrawerProps) {
  const w = useWords(ledgerWords)
  const acts = useWords(actWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const none = <span className="faint">{w.none}</span>
  return (
    <Drawer
      title={`${w.record(record.seq)} · ${acts[record.act] ?? record.act}`}
      open
      onClose={onClose}
      width={640}
      extra={
        <span className="row gap-6">
          <Button size="small" icon="up" disabledReason={newer ? undefined : w.newest} onClick={() => newer && onMove(newer)}>
            {w.newer}
          </Button>
          <Button size="small" icon="down" disabledReason={older ? undefined : w.oldest} onClick={() => older && onMove(older)}>
            {w.older}
          </Button>
        </span>
      }
    >
      <div className="stack gap-24">
        <Facts
          items={[
            { label: w.at, value: format.seconds(record.at) },
            { label: w.act, value: <code>{record.act}</code> },
            { label: w.object, value: <code>{record.object}</code> },
            { label: w.actor, value: actorOf(record, w) },
            { label: w.role, value: record.actorRole ? `${nameOf(record.actorRole)} ${record.actorRole}` : none },
            { label: w.door, value: `${w.doors[record.door] ?? record.door} · ${record.sourceIp || w.none}` },
            {
              label: w.decision,
              value: (
                <span className="row gap-8 wrap-row">
                  <StatusTag tone={record.decision === 'refused' ? 'bad' : 'neutral'}>{w.decisions[record.decision]}</StatusTag>
                  {record.rule ? <RedLineChip rule={record.rule} /> : null}
                  {record.code ? <code>{record.code}</code> : null}
                </span>
              ),
            },
            {
              label: w.change,
              value: record.changeId ? (
                <span className="row gap-12">
                  <Link to={paths.change(record.changeId)}>
                    <code>{record.changeId}</code>
                  </Link>
                  <Button tone="link" onClick={() => record.changeId && onChangeFilter(record.changeId)}>
                    {w.changeFilter}
                  </Button>
                </span>
              ) : (
                none
              ),
            },
            { label: w.hash, value: <HashChip hash={record.hash} label={w.hash} long /> },
            { label: w.prev, value: <HashChip hash={record.prev} label={w.prev} long /> },
          ]}
        />
        <ProofPanel seq={record.seq} chain={chain} />
        <section className="stack gap-8">
          <h2>{w.data}</h2>
          <pre className="ledger-data">{JSON.stringify(record.data, null, 2)}</pre>
        </section>
      </div>
    </Drawer>
  )
}

function ProofPanel({ seq, chain }: { seq: number; chain: ChainOf }) {
  const w = useWords(ledgerWords)
  // `seq` is a number in the answer and a path segment in the question.
  const found = useApi(proveRecord, { params: { seq: String(seq) as never }, query: chain })
  return (
    <section className="stack gap-12" aria-live="polite">
      <h2>{w.proof}</h2>
      <p className="muted small">{w.proveHint}</p>
      {found.error ? <ProblemNote error={found.error} compact /> : null}
      {found.isPending ? <Spinner label={w.proving} /> : null}
      {found.data ? <Checks proof={found.data} /> : null}
    </section>
  )
}

const order: readonly ProofCheck[] = ['canonical', 'shown', 'hash', 'leaf', 'inclusion']
function Checks({ proof }: { proof: Proof }) {
  const w = useWords(ledgerWords)
  const format = useFormat()
  const checked = checkProof(proof)
  const broken = order.some((check) => checked[check] === false)
  const tone = broken ? 'bad' : checked.inclusion ? 'good' : 'wait'
  return (
    <>
      <div className={`verdict ${tone}`} role={broken ? 'alert' : 'status'}>
        {broken ? w.broken : checked.inclusion ? w.holds : w.uncovered}
      </div>
      <ul className="checks">
        {order.map((check) => (
          <li key={check} data-check={check} data-holds={String(checked[check])}>
            {checked[check] === undefined ? (
              <Icon name="clock" className="tone-text-wait" />
            ) : checked[check] ? (
              <Icon name="pass" className="tone-text-good" />
            ) : (
              <Icon name="fail" className="tone-text-bad" />
            )}
            {w.checks[check]}
          </li>
        ))}
      </ul>
      {proof.head ? (
        <div className="stack gap-4">
          <span>{w.headOf(proof.head.size, format.seconds(proof.head.at))}</span>
          <span className="row gap-8">
            <span className="faint small">{w.root}</span>
            <HashChip hash={proof.head.root} label={w.root} />
            <span className="faint small">{w.path(proof.path.length)}</span>
          </span>
          <span className="row gap-8 wrap-row">
            <span className="faint small">{w.signatures}</span>
            {proof.head.signatures.map((signature) => (
              <code key={signature.alg} className="small">
                {signature.alg} {signature.keyId}
              </code>
            ))}
          </span>
          <span className="faint small">{w.signatureNote}</span>
        </div>
      ) : null}
    </>
  )
}

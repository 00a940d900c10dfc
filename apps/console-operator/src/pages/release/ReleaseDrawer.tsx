import { getRelease, issueRelease, type ReleaseView, withdrawRelease } from '@huabiao/domains/release/release.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { releaseWords } from './release-words.ts'

const tones = { draft: 'wait', issued: 'good', withdrawn: 'bad', unknown: 'neutral' } as const

export function ReleaseDrawer({ releaseId, onClose }: { releaseId: string; onClose: () => void }) {
  const w = useWords(releaseWords)
  const found = useApi(getRelease, { params: { releaseId } })
  const release = found.data
  const [withdrawing, setWithdrawing] = useState(false)
  const issue = useAct(issueRelease, { onDone: () => toast(w.done) })
  const error = found.error ?? issue.error
  return (
    <Drawer
      title={release ? `${release.product} ${release.version}` : w.title}
      open
      onClose={onClose}
      width={760}
      footer={
        release && release.state !== 'withdrawn' ? (
          <Acts
            release={release}
            busy={issue.isPending}
            onIssue={() => issue.mutate({ params: { releaseId } })}
            onWithdraw={() => setWithdrawing(true)}
          />
        ) : undefined
      }
    >
      <div className="stack gap-20">
        {error ? <ProblemNote error={error} compact /> : null}
        {release ? <Content release={release} /> : null}
      </div>
      {release && withdrawing ? <WithdrawDialog release={release} onClose={() => setWithdrawing(false)} /> : null}
    </Drawer>
  )
}

function Acts(props: { release: ReleaseView; busy: boolean; onIssue: () => void; onWithdraw: () => void }) {
  const { release, busy, onIssue, onWithdraw } = props
  const w = useWords(releaseWords)
  const can = useCan()
  const held = (permission: string, refusal: string | null) =>
    can(permission) ? refusal ? <RefusalHint code={refusal} /> : undefined : w.notAllowed
  return (
    <>
      <Button tone="danger" disabledReason={held('release:withdraw', release.withdrawRefusal)} onClick={onWithdraw}>
        {w.withdraw}
      </Button>
      {release.state === 'draft' ? (
        <Button tone="primary" busy={busy} disabledReason={held('release:issue', release.issueRefusal)} onClick={onIssue}>
          {w.issue}
        </Button>
      ) : null}
    </>
  )
}

function Content({ release }: { release: ReleaseView }) {
  const w = useWords(releaseWords)
  const format = useFormat()
  const act = (who: string | null, at: string | null): string => (at ? `${who ?? ''} ${format.dateTime(at)}` : w.empty)
  const columns: Column<ReleaseView['artifacts'][number]>[] = [
    { key: 'name', title: w.fileName, render: (row) => <span className="strong">{row.name}</span> },
    { key: 'size', title: w.size, width: 90, render: (row) => format.bytes(row.size) },
    { key: 'sha256', title: 'SHA-256', width: 190, render: (row) => <HashChip hash={row.sha256} label="SHA-256" /> },
    { key: 'sm3', title: 'SM3', width: 190, render: (row) => <HashChip hash={row.sm3} label="SM3" /> },
    {
      key: 'standing',
      title: w.standing,
      width: 140,
      render: (row) => <StatusTag tone={tones[row.standing]}>{w.standings[row.standing]}</StatusTag>,
    },
  ]
  return (
    <>
      <Facts
        items={[
          { label: w.state, value: <StatusTag tone={tones[release.state]}>{w.states[release.state]}</StatusTag> },
          { label: w.origin, value: release.origin },
          { label: w.builder, value: release.builder?.name ?? w.vendor },
          { label: w.registered, value: act(release.registeredBy, release.registeredAt) },
          { label: w.issued, value: act(release.issuedBy, release.issuedAt) },
          ...(release.withdrawnAt
            ? [
                { label: w.withdrawn, value: act(release.withdrawnBy, release.withdrawnAt) },
                { label: w.why, value: release.withdrawalReason },
              ]
            : []),
        ]}
      />
      <ResourceTable label={w.files} columns={columns} rows={release.artifacts} rowKey={(row) => row.sha256} />
      {release.signed ? (
        <div className="stack gap-8">
          <h3>{w.signed}</h3>
          <p className="muted small">{w.signedText}</p>
          <Facts items={release.signed.signatures.map((one) => ({ label: one.alg, value: <code>{one.keyId}</code> }))} />
          <pre className="json">{JSON.stringify(JSON.parse(release.signed.statement), null, 2)}</pre>
        </div>
      ) : null}
    </>
  )
}

function WithdrawDialog({ release, onClose }: { release: ReleaseView; onClose: () => void }) {
  const w = useWords(releaseWords)
  const withdraw = useAct(withdrawRelease, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={w.withdrawTitle(`${release.product} ${release.version}`)}
      words={{ reason: w.reason, hint: w.reasonHint, act: w.withdraw, cancel: w.cancel }}
      busy={withdraw.isPending}
      error={withdraw.error}
      onConfirm={(reason) => withdraw.mutate({ params: { releaseId: release.id }, body: { reason } })}
      onClose={onClose}
    />
  )
}

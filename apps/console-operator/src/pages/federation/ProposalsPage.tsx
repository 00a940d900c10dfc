import { dismissProposal, listProposals, type ProposalView } from '@huabiao/domains/federation/federation.contract'
import { dismissRefusal, type ProposalKind, proposalKinds } from '@huabiao/domains/federation/federation.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, usePages } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { FederationTabs } from './FederationTabs.tsx'
import { federationWords } from './federation-words.ts'

const tones = { joiner: 'info', mover: 'wait', leaver: 'bad' } as const

export function Page() {
  const can = useCan()
  return can('source:read') ? <Proposals /> : <ForbiddenPage />
}

function Proposals() {
  const w = useWords(federationWords)
  const format = useFormat()
  const [kind, setKind] = useParam('kind')
  const [dismissing, dismiss] = useState<ProposalView>()
  const pages = usePages(listProposals, proposalKinds.includes(kind as ProposalKind) ? { kind: kind as ProposalKind } : {})
  const columns: Column<ProposalView>[] = [
    {
      key: 'kind',
      title: w.kind,
      width: 110,
      render: (row) => <StatusTag tone={tones[row.kind]}>{w.proposalKinds[row.kind]}</StatusTag>,
    },
    {
      key: 'who',
      title: w.attributes,
      render: (row) => (
        <span className="stack">
          <span>
            {[row.attributes.name ?? row.attributes.userName, row.attributes.unit, row.attributes.title]
              .filter(Boolean)
              .join(' · ')}
          </span>
          <code className="faint small wrap">{row.externalId}</code>
        </span>
      ),
    },
    {
      key: 'person',
      title: w.person,
      width: 160,
      render: (row) => row.personName ?? <span className="faint">{w.unbound}</span>,
    },
    { key: 'source', title: w.source, width: 220, render: (row) => row.sourceName },
    { key: 'seen', title: w.seen, width: 160, render: (row) => format.dateTime(row.seenAt) },
    { key: 'act', title: '', width: 150, end: true, render: (row) => <Act of={row} onDismiss={() => dismiss(row)} /> },
  ]
  return (
    <ResourcePage title={w.proposalsTitle} meta={w.proposalsMeta} tabs={<FederationTabs />}>
      <Card flush label={w.proposalsTitle}>
        <div className="filter-bar">
          <SelectField
            label={w.kind}
            hideLabel
            size="small"
            value={kind}
            onChange={setKind}
            options={[{ value: '', label: w.any }, ...proposalKinds.map((value) => ({ value, label: w.proposalKinds[value] }))]}
          />
        </div>
        <ResourceTable
          {...pages}
          label={w.proposalsTitle}
          columns={columns}
          rowKey={(row) => row.id}
          empty={<EmptyState title={w.noProposals} icon="inbox" />}
        />
      </Card>
      {dismissing ? <Dismiss of={dismissing} onClose={() => dismiss(undefined)} /> : null}
    </ResourcePage>
  )
}

function Act({ of, onDismiss }: { of: ProposalView; onDismiss: () => void }) {
  const w = useWords(federationWords)
  const can = useCan()
  const me = useMe()
  // What a source says of leavers waits as a departure, which is decided there.
  if (of.kind === 'leaver')
    return can('lifecycle:oversee') ? (
      <LinkButton to={paths.people} size="small">
        {w.toDeparture}
      </LinkButton>
    ) : null
  const refusal = dismissRefusal({ kind: of.kind, personId: of.personId, actorId: me.person.id })
  const reason = refusal ? <RefusalHint code={refusal} /> : can('source:manage') ? undefined : w.notAllowed
  return (
    <Button size="small" disabledReason={reason} onClick={onDismiss}>
      {w.dismiss}
    </Button>
  )
}

function Dismiss({ of, onClose }: { of: ProposalView; onClose: () => void }) {
  const w = useWords(federationWords)
  const format = useFormat()
  const act = useAct(dismissProposal, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const who = of.personName ?? of.attributes.name ?? of.externalId
  return (
    <ReasonDialog
      title={format.labelled(`${w.dismiss} · ${w.proposalKinds[of.kind]}`, who)}
      words={{ reason: w.reason, hint: w.reasonHint, act: w.dismiss, cancel: w.cancel }}
      busy={act.isPending}
      error={act.error}
      onConfirm={(reason) => act.mutate({ params: { proposalId: of.id }, body: { reason } })}
      onClose={onClose}
    />
  )
}

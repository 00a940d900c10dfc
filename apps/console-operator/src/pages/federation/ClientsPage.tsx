import {
  admitOidcClient,
  type ClientView,
  listOidcClients,
  rejectOidcClient,
  revokeOidcClient,
} from '@huabiao/domains/federation/federation-client.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { ClientForm } from './ClientForm.tsx'
import { clientWords } from './client-words.ts'
import { FederationTabs } from './FederationTabs.tsx'

export function Page() {
  const can = useCan()
  return can('oidc-client:read') ? <Clients /> : <ForbiddenPage />
}

const tones = { requested: 'wait', active: 'good', rejected: 'neutral', revoked: 'neutral' } as const
type Act = 'admit' | 'reject' | 'revoke'

function Clients() {
  const w = useWords(clientWords)
  const can = useCan()
  const [adding, setAdding] = useState(false)
  const [asking, setAsking] = useState<{ act: Act; row: ClientView }>()
  const found = useApi(listOidcClients)
  const done = {
    onDone: () => {
      toast(w.done)
      setAsking(undefined)
    },
  }
  const acts = {
    admit: useAct(admitOidcClient, done),
    reject: useAct(rejectOidcClient, done),
    revoke: useAct(revokeOidcClient, done),
  }
  const columns = useClientColumns((act, row) => setAsking({ act, row }))
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      tabs={<FederationTabs />}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('oidc-client:request') ? undefined : w.needsPad}
          onClick={() => setAdding(true)}
        >
          {w.add}
        </Button>
      }
    >
      <Card
        flush
        label={w.title}
        title={w.title}
        extra={
          found.data ? (
            <span className="row gap-8 muted small">
              {w.issuer} <code>{found.data.issuer}</code>
              <CopyButton text={found.data.issuer} label={w.issuer} />
            </span>
          ) : null
        }
      >
        <ResourceTable
          rows={found.data?.items}
          error={found.error}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTone={(row) => (row.state === 'requested' ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} icon="grid" />}
        />
      </Card>
      {adding ? <ClientForm onClose={() => setAdding(false)} /> : null}
      {asking ? (
        <ReasonDialog
          title={`${w[asking.act]} · ${asking.row.clientId}`}
          words={{ reason: w.why, hint: w.reasonHint, act: w[asking.act], cancel: w.cancel }}
          tone={asking.act === 'admit' ? 'primary' : 'danger-solid'}
          busy={acts[asking.act].isPending}
          error={acts[asking.act].error}
          onConfirm={(reason) => acts[asking.act].mutate({ params: { oidcClientId: asking.row.id }, body: { reason } })}
          onClose={() => setAsking(undefined)}
        />
      ) : null}
    </ResourcePage>
  )
}

function useClientColumns(onAct: (act: Act, row: ClientView) => void): Column<ClientView>[] {
  const w = useWords(clientWords)
  const format = useFormat()
  const { language } = useLanguage()
  const stamp = (who: string | null, at: string | null) =>
    at ? (
      <span className="stack">
        <span>{who}</span>
        <span className="muted small">{format.dateTime(at)}</span>
      </span>
    ) : (
      <span className="faint">{w.empty}</span>
    )
  return [
    {
      key: 'name',
      title: w.name,
      render: (row) => (
        <span className="stack">
          <span className="strong">{language === 'en' ? row.nameEn : row.nameZh}</span>
          <code className="faint small wrap">{row.redirectUris.join(' ')}</code>
        </span>
      ),
    },
    { key: 'id', title: w.clientId, width: 150, render: (row) => <code>{row.clientId}</code> },
    {
      key: 'claims',
      title: w.claims,
      width: 150,
      render: (row) => (row.claims.length > 0 ? row.claims.map((claim) => w.claimNames[claim]).join(' · ') : w.subjectOnly),
    },
    { key: 'requested', title: w.requested, width: 150, render: (row) => stamp(row.requestedByName, row.requestedAt) },
    { key: 'decided', title: w.decided, width: 150, render: (row) => stamp(row.decidedByName, row.decidedAt) },
    {
      key: 'state',
      title: w.state,
      width: 100,
      render: (row) => <StatusTag tone={tones[row.state]}>{w.states[row.state]}</StatusTag>,
    },
    { key: 'act', title: '', width: 170, end: true, render: (row) => <ClientActs row={row} onAct={onAct} /> },
  ]
}

/** Who registered does not admit: the button says so before the server does. */
function ClientActs({ row, onAct }: { row: ClientView; onAct: (act: Act, row: ClientView) => void }) {
  const w = useWords(clientWords)
  const can = useCan()
  const me = useMe()
  const held = can('oidc-client:admit') ? (row.requestedById === me.person.id ? w.own : undefined) : w.needsSec
  return (
    <span className="row gap-6" style={{ justifyContent: 'flex-end' }}>
      {row.state === 'requested' ? (
        <>
          <Button size="small" tone="primary" disabledReason={held} onClick={() => onAct('admit', row)}>
            {w.admit}
          </Button>
          <Button size="small" disabledReason={held} onClick={() => onAct('reject', row)}>
            {w.reject}
          </Button>
        </>
      ) : null}
      {row.state === 'active' ? (
        <Button
          size="small"
          tone="danger"
          disabledReason={can('oidc-client:revoke') ? undefined : w.needsSec}
          onClick={() => onAct('revoke', row)}
        >
          {w.revoke}
        </Button>
      ) : null}
    </span>
  )
}

import './access.css'
import { activatePolicy, listPolicies, type PolicyView, retirePolicy } from '@huabiao/domains/access/access-policy.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'
import { Meaning, PolicyDraft } from './PolicyDraft.tsx'
import { policyFormWords } from './policy-form-words.ts'
import { usePolicyNames } from './policy-names.ts'
import { policyWords } from './policy-words.ts'

const tones = { draft: 'wait', active: 'good', retired: 'neutral' } as const

export function Page() {
  const can = useCan()
  return can('policy:read') ? <Policies /> : <ForbiddenPage />
}

function Policies() {
  const w = useWords(policyWords)
  const access = useWords(accessWords)
  const format = useFormat()
  const can = useCan()
  const [openId, open] = useParam('policy')
  const [drafting, draft] = useState<{ from?: PolicyView }>()
  const found = useApi(listPolicies)
  const columns: Column<PolicyView>[] = [
    { key: 'name', title: w.name, render: (row) => <span className="strong">{row.name}</span> },
    { key: 'roles', title: w.roles, render: (row) => <code>{row.roles.join(' ')}</code> },
    { key: 'n', title: w.document, width: 180, render: (row) => w.statements(row.document.statements.length) },
    {
      key: 'state',
      title: w.state,
      width: 140,
      render: (row) => <StatusTag tone={tones[row.state]}>{w.states[row.state]}</StatusTag>,
    },
    { key: 'drafted', title: w.drafted, width: 210, render: (row) => `${row.draftedBy} ${format.dateTime(row.draftedAt)}` },
    {
      key: 'activated',
      title: w.activated,
      width: 210,
      render: (row) =>
        row.activatedAt ? (
          `${row.activatedBy ?? ''} ${format.dateTime(row.activatedAt)}`
        ) : (
          <span className="faint">{access.none}</span>
        ),
    },
  ]
  const opened = found.data?.items.find((row) => row.id === openId)
  return (
    <ResourcePage
      title={access.title}
      meta={w.meta}
      tabs={<AccessTabs />}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('policy:manage') ? undefined : w.notAllowed}
          onClick={() => draft({})}
        >
          {w.draft}
        </Button>
      }
    >
      <Card flush label={w.policies}>
        <ResourceTable
          label={w.policies}
          rows={found.data?.items}
          error={found.error}
          columns={columns}
          rowKey={(row) => row.id}
          onRow={(row) => open(row.id)}
          selectedKey={openId}
          rowTone={(row) => (row.state === 'draft' ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="guard" />}
        />
      </Card>
      {opened && !drafting ? (
        <PolicyDrawer policy={opened} onClose={() => open('')} onCopy={() => draft({ from: opened })} />
      ) : null}
      {drafting ? <PolicyDraft from={drafting.from} onClose={() => draft(undefined)} /> : null}
    </ResourcePage>
  )
}

function PolicyDrawer({ policy, onClose, onCopy }: { policy: PolicyView; onClose: () => void; onCopy: () => void }) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  const names = usePolicyNames(policy.document.statements.some((of) => of.condition?.persons ?? of.unless?.persons))
  const can = useCan()
  const done = { onDone: () => toast(w.done) }
  const activate = useAct(activatePolicy, done)
  const retire = useAct(retirePolicy, done)
  const call = { params: { policyId: policy.id } }
  const error = activate.error ?? retire.error
  return (
    <Drawer
      title={policy.name}
      open
      onClose={onClose}
      width={620}
      extra={
        <Button icon="copy" disabledReason={can('policy:manage') ? undefined : w.notAllowed} onClick={onCopy}>
          {f.copy}
        </Button>
      }
      footer={
        policy.state === 'retired' ? undefined : (
          <>
            <Button
              tone="danger"
              busy={retire.isPending}
              disabledReason={can('policy:manage') ? undefined : w.notAllowed}
              onClick={() => retire.mutate(call)}
            >
              {w.retire}
            </Button>
            {policy.state === 'draft' ? (
              <Button
                tone="primary"
                busy={activate.isPending}
                disabledReason={policy.activateRefusal ? <RefusalHint code={policy.activateRefusal} /> : undefined}
                onClick={() => activate.mutate(call)}
              >
                {w.activate}
              </Button>
            ) : null}
          </>
        )
      }
    >
      <div className="stack gap-20">
        {error ? <ProblemNote error={error} compact /> : null}
        <Facts
          items={[
            { label: w.state, value: <StatusTag tone={tones[policy.state]}>{w.states[policy.state]}</StatusTag> },
            { label: w.roles, value: <code>{policy.roles.join(' ')}</code> },
          ]}
        />
        <Meaning document={policy.document} roles={policy.roles} names={names} />
        <pre className="json">{JSON.stringify(policy.document, null, 2)}</pre>
      </div>
    </Drawer>
  )
}

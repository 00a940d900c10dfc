import './access.css'
import type { RoleCode } from '@huabiao/domains/access/access.model'
import {
  activatePolicy,
  draftPolicy,
  listPolicies,
  type PolicyView,
  retirePolicy,
} from '@huabiao/domains/access/access-policy.contract'
import { PolicyDocument, policyRefusal, type Statement } from '@huabiao/domains/access/access-policy.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'
import { policyWords } from './policy-words.ts'
import { RolesField } from './RolesField.tsx'

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
  const [drafting, setDrafting] = useState(false)
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
          onClick={() => setDrafting(true)}
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
      {opened ? <PolicyDrawer policy={opened} onClose={() => open('')} /> : null}
      {drafting ? <DraftDrawer onClose={() => setDrafting(false)} /> : null}
    </ResourcePage>
  )
}

function PolicyDrawer({ policy, onClose }: { policy: PolicyView; onClose: () => void }) {
  const w = useWords(policyWords)
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
        <div>
          {policy.document.statements.map((statement, index) => (
            <StatementView key={index} statement={statement} />
          ))}
        </div>
        <pre className="json">{JSON.stringify(policy.document, null, 2)}</pre>
      </div>
    </Drawer>
  )
}

function StatementView({ statement }: { statement: Statement }) {
  const w = useWords(policyWords)
  const conditions = Object.entries(statement.condition ?? {})
  return (
    <div className="statement">
      <span>
        <StatusTag tone={statement.effect === 'Deny' ? 'bad' : 'good'}>{w.effect[statement.effect]}</StatusTag>
      </span>
      <code className="wrap">{statement.actions.join(' ')}</code>
      <span className="faint">{w.resources}</span>
      <code className="wrap">{statement.resources.join(' ')}</code>
      <span className="faint">{w.condition}</span>
      <span className="stack">
        {conditions.length === 0 ? w.always : null}
        {conditions.map(([name, value]) => (
          <span key={name}>
            {w.conditions[name] ?? name} <code>{JSON.stringify(value)}</code>
          </span>
        ))}
      </span>
    </div>
  )
}

const example = JSON.stringify(
  {
    version: '1',
    statements: [
      { effect: 'Deny', actions: ['session:*'], resources: ['*'], condition: { timeOfDay: { from: '22:00', to: '06:00' } } },
    ],
  },
  null,
  2,
)
/** What stands in the box: a document, or where it is not one. */
function read(text: string): { document?: PolicyDocument; wrong?: string } {
  try {
    const parsed = PolicyDocument.safeParse(JSON.parse(text))
    if (parsed.success) return { document: parsed.data }
    const issue = parsed.error.issues[0]
    return { wrong: issue ? `${issue.path.join('.') || '/'} ${issue.code}` : '/' }
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : '' }
  }
}

function DraftDrawer({ onClose }: { onClose: () => void }) {
  const w = useWords(policyWords)
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<RoleCode[]>([])
  const [text, setText] = useState(example)
  const draft = useAct(draftPolicy, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const { document, wrong } = read(text)
  const refusal = document && roles.length > 0 ? policyRefusal(document, roles) : undefined
  const complete = name.trim() !== '' && roles.length > 0 && document
  return (
    <Drawer
      title={w.draft}
      open
      onClose={onClose}
      width={720}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={draft.isPending}
            disabledReason={refusal ? <RefusalHint code={refusal} /> : complete ? undefined : w.rolesHint}
            onClick={() => document && draft.mutate({ body: { name, roles, document } })}
          >
            {w.submit}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {draft.error ? <ProblemNote error={draft.error} compact /> : null}
        <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
        <RolesField label={w.roles} hint={w.rolesHint} chosen={roles} onChange={setRoles} />
        <TextArea
          label={w.document}
          value={text}
          onChange={setText}
          rows={14}
          mono
          required
          hint={w.documentHint}
          error={wrong === undefined ? undefined : w.invalid(wrong)}
        />
        {refusal ? <RefusalNote code={refusal} compact /> : null}
      </div>
    </Drawer>
  )
}

import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { depositSecret, listKept, rotateKept, type VaultItem } from '@huabiao/domains/vault/vault.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { PasswordField, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi, usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { vaultWords } from './vault-words.ts'

const tones = { clean: 'good', due: 'wait', rotating: 'info', broken: 'bad' } as const

export function Page() {
  const can = useCan()
  return can('vault:read') ? <Vault /> : <ForbiddenPage />
}

function Vault() {
  const w = useWords(vaultWords)
  const format = useFormat()
  const can = useCan()
  const [depositing, setDepositing] = useState(false)
  const pages = usePages(listKept, {}, { everyMs: 3_000 })
  const rotate = useAct(rotateKept, { onDone: () => toast(w.done) })
  const moment = (at: string | null) => (at ? format.dateTime(at) : <span className="faint">{w.never}</span>)
  const columns: Column<VaultItem>[] = [
    { key: 'target', title: w.target, width: 180, render: (row) => <span className="strong">{row.targetName}</span> },
    { key: 'account', title: w.account, width: 150, render: (row) => <code>{`${row.account}=${row.login}`}</code> },
    { key: 'kind', title: w.kind, width: 100, render: (row) => w.kinds[row.kind] },
    {
      key: 'state',
      title: w.state,
      render: (row) => (
        <div className="stack gap-2">
          <span>
            <StatusTag tone={tones[row.state]} live={row.state === 'rotating'}>
              {w.states[row.state]}
            </StatusTag>
          </span>
          {row.failure ? <span className="small wrap">{row.failure}</span> : null}
        </div>
      ),
    },
    {
      key: 'fingerprint',
      title: w.fingerprint,
      width: 190,
      render: (row) => (row.fingerprint ? <HashChip hash={row.fingerprint} label={w.fingerprint} /> : '—'),
    },
    { key: 'rotated', title: w.rotated, width: 150, render: (row) => moment(row.rotatedAt) },
    { key: 'used', title: w.used, width: 150, render: (row) => moment(row.usedAt) },
    { key: 'due', title: w.due, width: 150, render: (row) => moment(row.dueAt) },
    {
      key: 'act',
      title: '',
      width: 110,
      end: true,
      render: (row) => (
        <Button
          size="small"
          busy={row.state === 'rotating' || (rotate.isPending && rotate.variables.params?.accountId === row.id)}
          disabledReason={can('vault:rotate') ? undefined : w.notAllowed}
          onClick={() => rotate.mutate({ params: { accountId: row.id } })}
        >
          {w.rotate}
        </Button>
      ),
    },
  ]
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('vault:deposit') ? undefined : w.notAllowed}
          onClick={() => setDepositing(true)}
        >
          {w.deposit}
        </Button>
      }
    >
      <Card flush label={w.title}>
        {rotate.error ? <ProblemNote error={rotate.error} compact /> : null}
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTone={(row) => (row.state === 'broken' ? 'bad' : undefined)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="lock" />}
        />
      </Card>
      {depositing ? <DepositDialog onClose={() => setDepositing(false)} /> : null}
    </ResourcePage>
  )
}

function DepositDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(vaultWords)
  const [form, setForm] = useState({ targetId: '', account: '', kind: 'ssh-key', secret: '', every: '30' })
  const set = (field: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [field]: value }))
  const found = useApi(listTargets, { query: { limit: 100 } })
  const targets = found.data?.items ?? []
  const accounts = targets.find(({ id }) => id === form.targetId)?.accounts ?? []
  const deposit = useAct(depositSecret, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const { every, secret, ...rest } = form
  const error = deposit.error ?? found.error
  // A key ends with a line of its own; a password is what was typed.
  const whole = form.kind === 'ssh-key' ? `${secret.trim()}\n` : secret
  const parsed = depositSecret.body.safeParse({ ...rest, secret: whole, rotateEveryDays: Number(every) })
  return (
    <Dialog
      title={w.deposit}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={deposit.isPending}
            disabledReason={parsed.success && form.account ? undefined : w.incomplete}
            onClick={() => parsed.success && deposit.mutate({ body: parsed.data })}
          >
            {w.deposit}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <p className="muted">{w.depositText}</p>
        <SelectField
          label={w.target}
          value={form.targetId}
          onChange={(targetId) => setForm((before) => ({ ...before, targetId, account: '' }))}
          options={[{ value: '', label: '—' }, ...targets.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        <SelectField
          label={w.account}
          value={form.account}
          onChange={set('account')}
          options={[{ value: '', label: '—' }, ...accounts.map(({ name }) => ({ value: name, label: name }))]}
        />
        <SelectField
          label={w.kind}
          value={form.kind}
          onChange={set('kind')}
          options={(['ssh-key', 'password'] as const).map((value) => ({ value, label: w.kinds[value] }))}
        />
        <SecretField isPassword={form.kind === 'password'} value={secret} onChange={set('secret')} />
        <TextField label={w.every} value={form.every} onChange={set('every')} required maxLength={2} />
      </div>
    </Dialog>
  )
}

function SecretField({ isPassword, value, onChange }: { isPassword: boolean; value: string; onChange: (value: string) => void }) {
  const w = useWords(vaultWords)
  const field = { label: w.secret, value, onChange, required: true, hint: w.secretHint }
  return isPassword ? <PasswordField {...field} autoComplete="off" /> : <TextArea {...field} maxLength={8000} rows={6} />
}

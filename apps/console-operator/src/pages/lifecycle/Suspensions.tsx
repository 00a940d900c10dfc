import {
  askReopening,
  confirmReopening,
  listSuspensions,
  type SuspensionView,
} from '@huabiao/domains/lifecycle/lifecycle-norm.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { Button } from '@huabiao/ui/primitives/Button'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { normWords } from './norm-words.ts'

/** What rules took away, and who may give it back: one asks, another confirms. */
export function Suspensions() {
  const w = useWords(normWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const pages = usePages(listSuspensions)
  const [asking, setAsking] = useState<SuspensionView>()
  const columns: Column<SuspensionView>[] = [
    { key: 'person', title: w.person, width: 110, render: (row) => <span className="strong">{row.person.name}</span> },
    {
      key: 'rule',
      title: w.rule,
      width: 230,
      render: (row) => (
        <span className="row gap-8">
          {row.rule === 'recertification' ? w.recertification : <code className="faint small">{row.rule}</code>}
          {w.rules[row.rule]}
        </span>
      ),
    },
    {
      key: 'what',
      title: w.account,
      width: 170,
      render: (row) => (row.role ? nameOf(row.role) : `${w.wholeAccount} ${row.login ?? ''}`),
    },
    { key: 'since', title: w.since, width: 150, render: (row) => format.dateTime(row.since) },
    {
      key: 'back',
      title: w.back,
      render: (row) => (row.askedBy ? <span className="small">{w.asked(row.askedBy, row.askReason ?? '')}</span> : null),
    },
    { key: 'act', title: '', width: 170, end: true, render: (row) => <Acts of={row} onAsk={() => setAsking(row)} /> },
  ]
  return (
    <Card flush title={w.suspensions} extra={<span className="muted small">{w.suspensionsMeta}</span>}>
      <ResourceTable
        {...pages}
        label={w.suspensions}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<EmptyState title={w.noSuspensions} icon="pass" compact />}
      />
      {asking ? <AskDialog of={asking} onClose={() => setAsking(undefined)} /> : null}
    </Card>
  )
}

function Acts({ of, onAsk }: { of: SuspensionView; onAsk: () => void }) {
  const w = useWords(normWords)
  const can = useCan()
  const confirm = useAct(confirmReopening, { onDone: () => toast(w.done) })
  const why = (code: string | null) => (code ? <RefusalHint code={code} /> : undefined)
  if (can('lifecycle:manage'))
    return (
      <Button size="small" disabledReason={why(of.askRefusal)} onClick={onAsk}>
        {w.ask}
      </Button>
    )
  if (!can('lifecycle:reinstate')) return null
  return (
    <span className="stack gap-4">
      <Button
        size="small"
        tone="primary"
        busy={confirm.isPending}
        disabledReason={why(of.confirmRefusal)}
        onClick={() => confirm.mutate({ params: { suspensionId: of.id } })}
      >
        {w.confirm}
      </Button>
      {confirm.error ? <ProblemNote error={confirm.error} compact /> : null}
    </span>
  )
}

function AskDialog({ of, onClose }: { of: SuspensionView; onClose: () => void }) {
  const w = useWords(normWords)
  const ask = useAct(askReopening, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={`${w.ask} · ${of.person.name}`}
      words={{ reason: w.reason, hint: w.askHint, act: w.ask, cancel: w.cancel }}
      tone="primary"
      busy={ask.isPending}
      error={ask.error}
      onConfirm={(reason) => ask.mutate({ params: { suspensionId: of.id }, body: { reason } })}
      onClose={onClose}
    />
  )
}

import { type FreezeView, getFreeze, liftFreeze } from '@huabiao/domains/freeze/freeze.contract'
import { useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { AskException } from './AskException.tsx'
import { Exceptions } from './Exceptions.tsx'
import { freezeTones, stateOf } from './freeze-state.ts'
import { freezeWords } from './freeze-words.ts'
import { useScopeText } from './use-scope-text.ts'

export function FreezeDrawer({ freezeId, onClose }: { freezeId: string; onClose: () => void }) {
  const w = useWords(freezeWords)
  const can = useCan()
  const now = useNow(30_000)
  const { data: freeze, error } = useApi(getFreeze, { params: { freezeId } })
  const [dialog, setDialog] = useState<'lift' | 'ask'>()
  const state = freeze && stateOf(freeze, now)
  const open = state === 'holds' || state === 'ahead'
  return (
    <Drawer
      title={freeze?.name ?? w.title}
      open
      onClose={onClose}
      width={680}
      footer={
        freeze && open ? (
          <>
            <Button
              tone="danger"
              disabledReason={
                can('freeze:declare') ? freeze.liftRefusal ? <RefusalHint code={freeze.liftRefusal} /> : undefined : w.notAllowed
              }
              onClick={() => setDialog('lift')}
            >
              {w.lift}
            </Button>
            <Button disabledReason={can('freeze:request') ? undefined : w.notAllowed} onClick={() => setDialog('ask')}>
              {w.ask}
            </Button>
          </>
        ) : undefined
      }
    >
      <div className="stack gap-20">
        {error ? <ProblemNote error={error} compact /> : null}
        {freeze && state ? <FreezeFacts freeze={freeze} state={state} /> : null}
        {freeze ? <Exceptions freeze={freeze} /> : null}
      </div>
      {freeze && dialog === 'lift' ? <LiftDialog freeze={freeze} onClose={() => setDialog(undefined)} /> : null}
      {freeze && dialog === 'ask' ? <AskException freeze={freeze} onClose={() => setDialog(undefined)} /> : null}
    </Drawer>
  )
}

function FreezeFacts({ freeze, state }: { freeze: FreezeView; state: keyof typeof freezeTones }) {
  const w = useWords(freezeWords)
  const format = useFormat()
  const scopeText = useScopeText()
  return (
    <Facts
      items={[
        { label: w.state, value: <StatusTag tone={freezeTones[state]}>{w.states[state]}</StatusTag> },
        { label: w.span, value: format.span(freeze.startsAt, freeze.endsAt) },
        { label: w.declarer, value: freeze.everybody ? w.everybody : w.own },
        { label: w.scope, value: scopeText(freeze) },
        { label: w.reason, value: freeze.reason || w.empty },
        { label: w.declared, value: `${freeze.declaredBy} ${format.dateTime(freeze.declaredAt)}` },
        ...(freeze.liftedAt
          ? [
              {
                label: w.lifted,
                value: `${freeze.liftedBy ?? ''} ${format.dateTime(freeze.liftedAt)} · ${freeze.liftReason ?? ''}`,
              },
            ]
          : []),
      ]}
    />
  )
}

function LiftDialog({ freeze, onClose }: { freeze: FreezeView; onClose: () => void }) {
  const w = useWords(freezeWords)
  const lift = useAct(liftFreeze, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={`${w.lift} · ${freeze.name}`}
      words={{ reason: w.reason, hint: w.liftHint, act: w.lift, cancel: w.cancel }}
      busy={lift.isPending}
      error={lift.error}
      onConfirm={(reason) => lift.mutate({ params: { freezeId: freeze.id }, body: { reason } })}
      onClose={onClose}
    />
  )
}

import {
  addThing,
  cancelDeparture,
  completeDeparture,
  confirmDeparture,
  type DepartureView,
} from '@huabiao/domains/lifecycle/lifecycle.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { lifecycleWords } from './lifecycle-words.ts'

/** What the administrator may do with a departure as a whole. */
export function DepartureActs({ of }: { of: DepartureView }) {
  const w = useWords(lifecycleWords)
  const can = useCan()
  const [dialog, setDialog] = useState<'cancel' | 'complete' | 'thing'>()
  const close = () => setDialog(undefined)
  const done = {
    onDone: () => {
      toast(w.done)
      close()
    },
  }
  const confirm = useAct(confirmDeparture, done)
  const cancel = useAct(cancelDeparture, done)
  if (!can('lifecycle:manage') || of.state === 'complete' || of.state === 'cancelled') return null
  const why = (code: string | null) => (code ? <RefusalHint code={code} /> : undefined)
  const params = { departureId: of.id }
  return (
    <>
      {confirm.error ? <ProblemNote error={confirm.error} compact /> : null}
      {of.state === 'proposed' ? (
        <Button
          tone="primary"
          busy={confirm.isPending}
          disabledReason={why(of.confirmRefusal)}
          onClick={() => confirm.mutate({ params, ifMatch: of.version })}
        >
          {w.confirm}
        </Button>
      ) : (
        <Button onClick={() => setDialog('thing')}>{w.addThing}</Button>
      )}
      {of.state === 'cut' ? null : (
        <Button disabledReason={why(of.cancelRefusal)} onClick={() => setDialog('cancel')}>
          {w.revoke}
        </Button>
      )}
      {of.state === 'proposed' ? null : (
        <Button tone="danger-solid" disabledReason={why(of.completeRefusal)} onClick={() => setDialog('complete')}>
          {w.complete}
        </Button>
      )}
      {dialog === 'cancel' ? (
        <ReasonDialog
          title={w.revoke}
          words={{ reason: w.reason, hint: w.revokeHint, act: w.revoke, cancel: w.cancel }}
          busy={cancel.isPending}
          error={cancel.error}
          onConfirm={(reason) => cancel.mutate({ params, ifMatch: of.version, body: { reason } })}
          onClose={close}
        />
      ) : null}
      {dialog === 'complete' ? <CompleteDialog of={of} onClose={close} /> : null}
      {dialog === 'thing' ? <ThingDialog of={of} onClose={close} /> : null}
    </>
  )
}

function CompleteDialog({ of, onClose }: { of: DepartureView; onClose: () => void }) {
  const w = useWords(lifecycleWords)
  const complete = useAct(completeDeparture, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <Dialog
      title={`${w.complete} · ${of.person.name}`}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="danger-solid"
            busy={complete.isPending}
            onClick={() => complete.mutate({ params: { departureId: of.id }, ifMatch: of.version })}
          >
            {w.complete}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {complete.error ? <ProblemNote error={complete.error} compact /> : null}
        <p>{of.kind === 'leave' ? w.completeText(of.person.name) : w.completeTransferText(of.person.name)}</p>
      </div>
    </Dialog>
  )
}

function ThingDialog({ of, onClose }: { of: DepartureView; onClose: () => void }) {
  const w = useWords(lifecycleWords)
  const [name, setName] = useState('')
  const [way, setWay] = useState<'accept' | 'return'>('accept')
  const add = useAct(addThing, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.addThing}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={add.isPending}
            disabledReason={name.trim() ? undefined : w.thingHint}
            onClick={() => add.mutate({ params: { departureId: of.id }, body: { name, way } })}
          >
            {w.addThing}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {add.error ? <ProblemNote error={add.error} compact /> : null}
        <TextField label={w.thingName} value={name} onChange={setName} required maxLength={120} hint={w.thingHint} />
        <Segmented
          label={w.thingWay}
          value={way}
          onChange={setWay}
          options={[
            { value: 'accept', label: w.thingWays.accept },
            { value: 'return', label: w.thingWays.return },
          ]}
        />
      </div>
    </Dialog>
  )
}

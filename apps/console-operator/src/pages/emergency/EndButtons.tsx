import {
  type EmergencyDetail,
  orderRenewal,
  stabiliseEmergency,
  withdrawEmergency,
} from '@huabiao/domains/emergency/emergency.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { emergencyWords } from './emergency-words.ts'
import { TerminalButtons } from './TerminalButtons.tsx'

/** What stands at the head of the page: terminals first, for the executor while it is under way. */
export function EndButtons({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const can = useCan()
  const me = useMe()
  const [asked, setAsked] = useState<'stabilise' | 'withdraw' | 'order' | undefined>()
  const close = () => setAsked(undefined)
  const onDone = () => {
    toast(w.done)
    close()
  }
  const acts = {
    stabilise: useAct(stabiliseEmergency, { onDone }),
    withdraw: useAct(withdrawEmergency, { onDone }),
    order: useAct(orderRenewal, { onDone }),
  }
  const hints = { stabilise: w.stabiliseHint, withdraw: w.withdrawHint, order: w.orderHint }
  return (
    <>
      {of.state === 'executing' && of.executor.id === me.person.id ? <TerminalButtons of={of} /> : null}
      {of.state === 'executing' && can('emergency:approve') ? (
        <Button
          icon="reload"
          disabledReason={of.acts.order ? <RefusalHint code={of.acts.order} /> : undefined}
          onClick={() => setAsked('order')}
        >
          {w.order}
        </Button>
      ) : null}
      {of.state === 'executing' && can('emergency:stabilise') ? (
        <Button
          tone="primary"
          icon="check"
          disabledReason={of.acts.stabilise ? <RefusalHint code={of.acts.stabilise} /> : undefined}
          onClick={() => setAsked('stabilise')}
        >
          {w.stabilise}
        </Button>
      ) : null}
      {of.acts.withdraw === null ? (
        <Button icon="close" onClick={() => setAsked('withdraw')}>
          {w.withdraw}
        </Button>
      ) : null}
      {asked ? (
        <ReasonDialog
          title={w[asked]}
          words={{ reason: w.why, hint: hints[asked], act: w[asked], cancel: w.cancel }}
          tone={asked === 'withdraw' ? 'danger-solid' : 'primary'}
          busy={acts[asked].isPending}
          error={acts[asked].error}
          onClose={close}
          onConfirm={(reason) => acts[asked].mutate({ params: { emergencyId: of.id }, body: { reason: reason.trim() } })}
        />
      ) : null}
    </>
  )
}

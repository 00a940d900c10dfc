import { type DepartureView, type HandoverItem, offerItem } from '@huabiao/domains/lifecycle/lifecycle.contract'
import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { lifecycleWords } from './lifecycle-words.ts'

export function OfferDialog({ of, items, onClose }: { of: DepartureView; items: readonly HandoverItem[]; onClose: () => void }) {
  const w = useWords(lifecycleWords)
  const [person, setPerson] = useState<PersonView>()
  const offer = useAct(offerItem, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.offer}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={offer.isPending}
            disabledReason={person ? undefined : w.offerHint}
            onClick={() =>
              person &&
              offer.mutate({
                params: { departureId: of.id },
                body: { items: items.map((item) => item.key).slice(0, 200), successorId: person.id },
              })
            }
          >
            {w.offer}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {offer.error ? <ProblemNote error={offer.error} compact /> : null}
        <ul className="lifecycle-list">
          {items.slice(0, 20).map((item) => (
            <li key={item.key}>
              <span className="muted small">{w.things[item.kind]}</span> {item.label}
            </li>
          ))}
        </ul>
        <PersonPicker label={w.successor} person={person} onPick={setPerson} tenantId={of.tenantId} hint={w.offerHint} />
      </div>
    </Dialog>
  )
}

import { type PreauthorisationView, revokePreauthorisation } from '@huabiao/domains/consent/consent.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { consentWords } from './consent-words.ts'
import { clockOf } from './day-minutes.ts'

export const preauthorisationTones = { ahead: 'info', holds: 'good', over: 'neutral', revoked: 'bad' } as const

export function PreauthorisationDrawer({ word, onClose }: { word: PreauthorisationView; onClose: () => void }) {
  const w = useWords(consentWords)
  const format = useFormat()
  const can = useCan()
  const [revoking, setRevoking] = useState(false)
  const open = word.state === 'holds' || word.state === 'ahead'
  const { fromMinute, toMinute, categories } = word
  return (
    <Drawer
      title={word.name}
      open
      onClose={onClose}
      width={620}
      footer={
        open ? (
          <Button
            tone="danger"
            disabledReason={
              can('consent:revoke') ? word.revokeRefusal ? <RefusalHint code={word.revokeRefusal} /> : undefined : w.notAllowed
            }
            onClick={() => setRevoking(true)}
          >
            {w.revoke}
          </Button>
        ) : undefined
      }
    >
      <Facts
        items={[
          { label: w.state, value: <StatusTag tone={preauthorisationTones[word.state]}>{w.states[word.state]}</StatusTag> },
          { label: w.unit, value: word.unitName },
          { label: w.systems, value: format.list(word.systems.map((one) => one.name)) },
          { label: w.maxRisk, value: w.risks[word.maxRisk] },
          {
            label: w.hours,
            value: fromMinute === null || toMinute === null ? w.anyHour : `${clockOf(fromMinute)}–${clockOf(toMinute)}`,
          },
          { label: w.categories, value: categories.length > 0 ? format.list(categories.map(w.categoryNo)) : w.noCategory },
          { label: w.notice, value: word.waivesNotice ? w.waivesNotice : w.noticeKept },
          { label: w.term, value: format.span(word.notBefore, word.notAfter) },
          { label: w.reason, value: word.reason },
          { label: w.given, value: `${word.givenBy} ${format.dateTime(word.givenAt)}` },
          ...(word.revokedAt
            ? [
                {
                  label: w.revoked,
                  value: `${word.revokedBy ?? ''} ${format.dateTime(word.revokedAt)} · ${word.revokeReason ?? ''}`,
                },
              ]
            : []),
        ]}
      />
      {revoking ? <RevokeDialog word={word} onClose={() => setRevoking(false)} /> : null}
    </Drawer>
  )
}

function RevokeDialog({ word, onClose }: { word: PreauthorisationView; onClose: () => void }) {
  const w = useWords(consentWords)
  const revoke = useAct(revokePreauthorisation, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={`${w.revoke} · ${word.name}`}
      words={{ reason: w.reason, hint: w.revokeHint, act: w.revoke, cancel: w.cancel }}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={(reason) => revoke.mutate({ params: { preauthorisationId: word.id }, body: { reason } })}
      onClose={onClose}
    />
  )
}

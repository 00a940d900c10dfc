import { type AnnouncementView, receiveAnnouncement } from '@huabiao/domains/announcement/announcement.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { announcementWords } from './announcement-words.ts'

export function AnnouncementDrawer({ announcement, onClose }: { announcement: AnnouncementView; onClose: () => void }) {
  const w = useWords(announcementWords)
  const format = useFormat()
  const can = useCan()
  const [waive, setWaive] = useState(false)
  const [note, setNote] = useState('')
  const receive = useAct(receiveAnnouncement, { onDone: () => toast(w.done) })
  const refusal = waive ? announcement.waiveRefusal : announcement.receiveRefusal
  const open = announcement.waiveRefusal === null
  return (
    <Drawer
      title={announcement.title}
      open
      onClose={onClose}
      width={620}
      footer={
        <Button
          tone="primary"
          busy={receive.isPending}
          disabledReason={can('announcement:receive') ? refusal ? <RefusalHint code={refusal} /> : undefined : w.notAllowed}
          onClick={() =>
            receive.mutate({ params: { announcementId: announcement.id }, body: { waiveNotice: waive, note: note.trim() } })
          }
        >
          {w.receive}
        </Button>
      }
    >
      <div className="stack gap-20">
        {receive.error ? <ProblemNote error={receive.error} compact /> : null}
        <Facts
          items={[
            { label: w.change, value: announcement.change.no },
            { label: w.unit, value: announcement.unitName },
            { label: w.systems, value: format.list(announcement.systemNames) },
            { label: w.window, value: format.span(announcement.windowStart, announcement.windowEnd) },
            { label: w.impact, value: announcement.impact },
            { label: w.sent, value: format.dateTime(announcement.sentAt) },
            ...announcement.receipts.map((one) => ({
              label: one.waives ? w.waived : w.receipt,
              value: `${one.by} ${format.dateTime(one.at)}${one.note ? ` · ${one.note}` : ''}`,
            })),
          ]}
        />
        {open && can('announcement:receive') ? (
          <>
            <Checkbox checked={waive} onChange={setWaive}>
              {w.waive}
            </Checkbox>
            {waive ? (
              <TextArea label={w.note} value={note} onChange={setNote} maxLength={500} rows={2} hint={w.waiveHint} />
            ) : null}
          </>
        ) : null}
      </div>
    </Drawer>
  )
}

import {
  type ChannelView,
  chooseChannel,
  listChannels,
  proveChannelAddress,
  sendChannelCode,
} from '@huabiao/domains/notification/notification.contract'
import { addressRefusal } from '@huabiao/domains/notification/notification-choice.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { channelWords } from './channel-words.ts'

/** Where I want my notices, within what the management unit allows (RL-22). */
export function MyChannels() {
  const w = useWords(channelWords)
  const found = useApi(listChannels)
  const items = found.data?.items
  return (
    <Card flush title={w.title}>
      <div className="credential">
        <Icon name="bell" size={16} />
        <div className="stack grow">
          <span>{w.inside}</span>
          <span className="muted small">{w.insideText}</span>
        </div>
        <span className="muted small nowrap">{w.on}</span>
      </div>
      {found.error ? <ProblemNote error={found.error} compact /> : null}
      {items?.map((channel) => (
        <ChannelLine key={channel.name} channel={channel} />
      ))}
      {items ? <p className="pad muted small">{items.length === 0 ? w.none : w.personal}</p> : null}
    </Card>
  )
}

function ChannelLine({ channel }: { channel: ChannelView }) {
  const w = useWords(channelWords)
  const [proving, setProving] = useState(false)
  const choose = useAct(chooseChannel, { refresh: [listChannels], onDone: (now) => toast(now.chosen ? w.on : w.off) })
  const { name, mail, chosen, carries, refusal } = channel
  return (
    <div className="credential">
      <Icon name={mail ? 'inbox' : 'forward'} size={16} />
      <div className="stack grow">
        <span>{mail ? w.mail : w.webhook(name)}</span>
        {mail ? <span className="small">{mail.address === null ? w.noAddress : w.to(mail.address)}</span> : null}
        <span className="muted small">{w.carries[carries]}</span>
        {choose.error ? <ProblemNote error={choose.error} compact /> : null}
      </div>
      {mail ? (
        <Button size="small" onClick={() => setProving(true)}>
          {mail.address === null ? w.setAddress : w.changeAddress}
        </Button>
      ) : null}
      <Button
        size="small"
        busy={choose.isPending}
        disabledReason={!chosen && refusal ? <RefusalHint code={refusal} /> : undefined}
        onClick={() => choose.mutate({ params: { channel: name }, body: { chosen: !chosen } })}
      >
        {chosen ? w.turnOff : w.turnOn}
      </Button>
      {proving && mail ? <ProveDialog channel={channel} mail={mail} onClose={() => setProving(false)} /> : null}
    </div>
  )
}

interface ProveProps {
  channel: ChannelView
  mail: NonNullable<ChannelView['mail']>
  onClose: () => void
}
function ProveDialog({ channel, mail, onClose }: ProveProps) {
  const w = useWords(channelWords)
  const format = useFormat()
  const [address, setAddress] = useState(mail.pending ?? mail.address ?? '')
  const [code, setCode] = useState('')
  const params = { channel: channel.name }
  const send = useAct(sendChannelCode, { refresh: [listChannels] })
  const prove = useAct(proveChannelAddress, {
    refresh: [listChannels],
    onDone: () => {
      toast(w.proved)
      onClose()
    },
  })
  const refusal = addressRefusal({ addresses: mail }, address.trim())
  return (
    <Dialog
      title={w.setAddress}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={prove.isPending}
            disabledReason={code.length === 6 ? undefined : w.sixDigits}
            onClick={() => prove.mutate({ params, body: { code } })}
          >
            {w.prove}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <TextField
          label={w.address}
          required
          value={address}
          onChange={setAddress}
          maxLength={254}
          hint={w.domains(format.list(mail.domains))}
        />
        <div>
          <Button
            busy={send.isPending}
            disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined}
            onClick={() => send.mutate({ params, body: { address: address.trim() } })}
          >
            {mail.pending === null ? w.send : w.sendAgain}
          </Button>
        </div>
        {send.error ? <ProblemNote error={send.error} /> : null}
        {mail.pending ? <p className="muted small">{w.sent(mail.pending)}</p> : null}
        <OtpField
          label={w.code}
          value={code}
          onChange={setCode}
          onComplete={(whole) => prove.mutate({ params, body: { code: whole } })}
          disabled={mail.pending === null}
        />
        {prove.error ? <ProblemNote error={prove.error} /> : null}
      </div>
    </Dialog>
  )
}

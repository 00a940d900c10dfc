import {
  addSshKey,
  addWebAuthn,
  type listMyFactors,
  removeSshKey,
  removeWebAuthn,
  webAuthnOptions,
} from '@huabiao/domains/identity/identity.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useAct } from '../../api/hooks.ts'
import { keysWorkHere, useLogonWays } from '../../app/logon-ways.ts'
import { myAccountWords } from './my-account-words.ts'

type Factors = ResponseOf<typeof listMyFactors>

function Used({ createdAt, lastUsedAt }: { createdAt: string; lastUsedAt: string | null }) {
  const w = useWords(myAccountWords)
  const format = useFormat()
  return (
    <span className="muted small">
      {w.added(format.date(createdAt))} · {lastUsedAt ? w.lastUsed(format.dateTime(lastUsedAt)) : w.neverUsed}
    </span>
  )
}

export function SecurityKeys({ items }: { items: Factors['securityKeys'] | undefined }) {
  const w = useWords(myAccountWords)
  const ways = useLogonWays()
  const [adding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<{ id: string; name: string }>()
  return (
    <Card
      flush
      title={w.keys}
      extra={
        <Button
          size="small"
          icon="plus"
          disabledReason={!ways || keysWorkHere(ways) ? undefined : w.keyNotHere(ways.url)}
          onClick={() => setAdding(true)}
        >
          {w.keyAdd}
        </Button>
      }
    >
      {items?.length === 0 ? <p className="pad muted">{w.keysNone}</p> : null}
      {items?.map((key) => (
        <div key={key.id} className="credential">
          <Icon name="key" size={16} />
          <div className="stack grow">
            <span className="row gap-8">
              {key.name} {key.backedUp ? <StatusTag tone="wait">{w.backedUp}</StatusTag> : null}
            </span>
            <Used {...key} />
          </div>
          <Button size="small" tone="danger" onClick={() => setLeaving(key)}>
            {w.remove}
          </Button>
        </div>
      ))}
      {leaving ? (
        <RemoveDialog
          endpoint={removeWebAuthn}
          credential={leaving}
          text={w.keyRemoveText}
          onClose={() => setLeaving(undefined)}
        />
      ) : null}
      {adding ? <AddKeyDialog onClose={() => setAdding(false)} /> : null}
    </Card>
  )
}

interface RemoveProps {
  endpoint: typeof removeWebAuthn | typeof removeSshKey
  credential: { id: string; name: string }
  text: string
  onClose: () => void
}
function RemoveDialog({ endpoint, credential, text, onClose }: RemoveProps) {
  const w = useWords(myAccountWords)
  const remove = useAct(endpoint as typeof removeWebAuthn, {
    onDone: () => {
      toast(w.removed)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.removeTitle(credential.name)}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="danger-solid"
            busy={remove.isPending}
            onClick={() => remove.mutate({ params: { credentialId: credential.id } })}
          >
            {w.remove}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {remove.error ? <ProblemNote error={remove.error} compact /> : null}
        <p>{text}</p>
      </div>
    </Dialog>
  )
}

function AddKeyDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(myAccountWords)
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: async () => {
      const { startRegistration } = await import('@simplewebauthn/browser')
      const { challenge, options } = await api(webAuthnOptions)
      const response = await startRegistration({ optionsJSON: options as never })
      return api(addWebAuthn, { body: { challenge, name, response: response as never } })
    },
    onSuccess: () => {
      void queries.invalidateQueries()
      toast(w.keyDone)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.keyAdd}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={add.isPending}
            disabledReason={name.trim() ? undefined : w.keyNameHint}
            onClick={() => add.mutate()}
          >
            {w.keyAdd}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {add.error instanceof ProblemError ? (
          <ProblemNote error={add.error} compact />
        ) : add.error ? (
          <p className="tone-text-bad" role="alert">
            {w.keyFailed}
          </p>
        ) : null}
        <TextField label={w.keyName} value={name} onChange={setName} required hint={w.keyNameHint} maxLength={120} />
        {add.isPending ? <p className="muted">{w.keyWaiting}</p> : null}
      </div>
    </Dialog>
  )
}

export function SshKeys({ items }: { items: Factors['sshKeys'] | undefined }) {
  const w = useWords(myAccountWords)
  const [adding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<{ id: string; name: string }>()
  return (
    <Card
      flush
      title={w.ssh}
      extra={
        <Button size="small" icon="plus" onClick={() => setAdding(true)}>
          {w.sshAdd}
        </Button>
      }
    >
      {items?.length === 0 ? <p className="pad muted">{w.sshNone}</p> : null}
      {items?.map((key) => (
        <div key={key.id} className="credential">
          <Icon name="terminal" size={16} />
          <div className="stack grow">
            <span className="row gap-8">
              {key.name} <code className="faint">{key.type}</code> <HashChip hash={key.fingerprint} label={w.fingerprint} />
            </span>
            <Used {...key} />
          </div>
          <Button size="small" tone="danger" onClick={() => setLeaving(key)}>
            {w.remove}
          </Button>
        </div>
      ))}
      {leaving ? (
        <RemoveDialog endpoint={removeSshKey} credential={leaving} text={w.sshRemoveText} onClose={() => setLeaving(undefined)} />
      ) : null}
      {adding ? <AddSshDialog onClose={() => setAdding(false)} /> : null}
    </Card>
  )
}

function AddSshDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(myAccountWords)
  const [name, setName] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const add = useAct(addSshKey, {
    onDone: () => {
      toast(w.sshDone)
      onClose()
    },
  })
  const complete = name.trim() !== '' && /^(ssh|ecdsa|sk)-\S+ \S+/.test(publicKey.trim())
  return (
    <Dialog
      title={w.sshAdd}
      open
      onClose={onClose}
      width={600}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={add.isPending}
            disabledReason={complete ? undefined : w.sshHint}
            onClick={() => add.mutate({ body: { name, publicKey } })}
          >
            {w.sshAdd}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {add.error ? <ProblemNote error={add.error} compact /> : null}
        <TextField label={w.keyName} value={name} onChange={setName} required maxLength={120} />
        <TextArea
          label={w.sshKey}
          value={publicKey}
          onChange={setPublicKey}
          rows={5}
          mono
          required
          hint={w.sshHint}
          maxLength={4000}
        />
      </div>
    </Dialog>
  )
}

export function Certificates({ items }: { items: Factors['certificates'] | undefined }) {
  const w = useWords(myAccountWords)
  const format = useFormat()
  return (
    <Card flush title={w.certificates}>
      {items?.length === 0 ? <p className="pad muted">{w.certificatesNone}</p> : null}
      {items?.map((one) => (
        <div key={one.id} className="credential">
          <Icon name="certificate" size={16} />
          <div className="stack grow">
            <span className="wrap">{one.subject}</span>
            <span className="row gap-8 muted small">
              <HashChip hash={one.fingerprint} label={w.fingerprint} /> {w.until(format.date(one.notAfter))}
            </span>
          </div>
        </div>
      ))}
    </Card>
  )
}

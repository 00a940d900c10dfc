import './federation.css'
import { createSource, type SourceView, updateSource } from '@huabiao/domains/federation/federation.contract'
import { type SourceKind, sourceKinds } from '@huabiao/domains/federation/federation.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { federationWords } from './federation-words.ts'
import { draftOf, newDraft, type SourceDraft, settingsOf } from './source-draft.ts'

/** A new source, or the settings of one that is disabled. The contract itself says whether they will do. */
export function SourceForm({ source, onClose }: { source?: SourceView; onClose: () => void }) {
  const w = useWords(federationWords)
  const [draft, setDraft] = useState<SourceDraft>(source ? draftOf(source) : newDraft('oidc'))
  const done = {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  }
  const create = useAct(createSource, done)
  const update = useAct(updateSource, done)
  const error = create.error ?? update.error
  const body = { name: draft.name, settings: settingsOf(draft) as never }
  const valid = createSource.body.safeParse(body).success
  const submit = () =>
    source ? update.mutate({ params: { sourceId: source.id }, body, ifMatch: source.version }) : create.mutate({ body })
  const text = (name: keyof SourceDraft & string) => ({
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  })
  return (
    <Drawer
      title={source ? w.edit : w.add}
      open
      onClose={onClose}
      width={720}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={create.isPending || update.isPending}
            disabledReason={valid ? undefined : w.fill}
            onClick={submit}
          >
            {source ? w.save : w.add}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <div className="source-two">
          <TextField label={w.name} {...text('name')} required maxLength={120} />
          <SelectField
            label={w.kind}
            value={draft.kind}
            readOnly={source !== undefined}
            onChange={(kind: SourceKind) => setDraft({ ...newDraft(kind), name: draft.name })}
            options={sourceKinds.map((value) => ({ value, label: w.kinds[value] }))}
          />
        </div>
        {draft.kind === 'oidc' ? (
          <>
            <TextField label={w.issuer} {...text('issuer')} required mono hint={w.issuerHint} placeholder="https://" />
            <div className="source-two">
              <TextField label={w.clientId} {...text('clientId')} required mono />
              <TextField label={w.secretName} {...text('secretName')} mono hint={w.publicClient} />
            </div>
            <TextField label={w.unitClaim} {...text('unitClaim')} mono />
            <TextArea label={w.ca} {...text('ca')} rows={4} mono hint={w.caHintOidc} />
          </>
        ) : null}
        {draft.kind === 'ldap' ? (
          <>
            <div className="source-three">
              <TextField label={w.host} {...text('host')} required mono />
              <TextField label={w.port} {...text('port')} required mono />
              <SelectField
                label={w.tls}
                value={draft.tls}
                onChange={(tls: 'ldaps' | 'starttls') => setDraft({ ...draft, tls, port: tls === 'ldaps' ? '636' : '389' })}
                options={(['ldaps', 'starttls'] as const).map((value) => ({ value, label: w.tlsKinds[value] }))}
              />
            </div>
            <div className="source-two">
              <TextField label={w.bindDn} {...text('bindDn')} required mono />
              <TextField label={w.secretName} {...text('secretName')} required mono />
            </div>
            <TextField label={w.baseDn} {...text('baseDn')} required mono />
            <div className="source-two">
              <TextField label={w.loginAttribute} {...text('loginAttribute')} required mono />
              <TextField label={w.idAttribute} {...text('idAttribute')} required mono hint={w.idHint} />
            </div>
            <TextField label={w.identityAttribute} {...text('identityAttribute')} mono hint={w.identityHint} />
            <div className="source-two">
              <TextField label={w.disabledAttribute} {...text('disabledAttribute')} mono />
              <TextField label={w.disabledValue} {...text('disabledValue')} mono />
            </div>
            <TextArea label={w.ca} {...text('ca')} rows={4} mono required hint={w.caHintLdap} />
          </>
        ) : null}
      </div>
    </Drawer>
  )
}

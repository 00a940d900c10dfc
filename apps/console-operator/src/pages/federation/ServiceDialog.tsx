import { listSources } from '@huabiao/domains/federation/federation.contract'
import { serviceDaysMax } from '@huabiao/domains/federation/federation.model'
import {
  createServiceIdentity,
  rotateServiceIdentity,
  type ServiceIdentityView,
} from '@huabiao/domains/federation/federation-service.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { OnceSecret } from '../organization/OnceSecret.tsx'
import { serviceWords } from './service-words.ts'

/** A new one, or a new token for one; either way the token is shown here and never again. */
export function ServiceDialog({ of, onClose }: { of?: ServiceIdentityView; onClose: () => void }) {
  const w = useWords(serviceWords)
  const [name, setName] = useState('')
  const [sourceId, setSourceId] = useState('')
  const [expiresAt, setExpiresAt] = useState<string | null>(null)
  const sources = useApi(listSources, {}, { enabled: of === undefined })
  const create = useAct(createServiceIdentity)
  const rotate = useAct(rotateServiceIdentity)
  const issued = create.data ?? rotate.data
  const title = of ? `${w.rotate} · ${of.name}` : w.add
  if (issued)
    return (
      <Dialog
        title={title}
        open
        onClose={onClose}
        sticky
        footer={
          <Button tone="primary" onClick={onClose}>
            {w.close}
          </Button>
        }
      >
        <OnceSecret label={w.token} secret={issued.token} text={w.tokenText} />
      </Dialog>
    )
  const scim = (sources.data?.items ?? []).filter((source) => source.kind === 'scim')
  const isReady = expiresAt !== null && (of !== undefined || (name.trim() !== '' && sourceId !== ''))
  const submit = () => {
    if (expiresAt === null) return
    if (of) rotate.mutate({ params: { serviceIdentityId: of.id }, body: { expiresAt } })
    else create.mutate({ body: { name, purpose: 'scim', sourceId, expiresAt } })
  }
  const error = create.error ?? rotate.error ?? sources.error
  return (
    <Dialog
      title={title}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={create.isPending || rotate.isPending}
            disabledReason={isReady ? undefined : w.fill}
            onClick={submit}
          >
            {of ? w.rotate : w.add}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        {of ? null : (
          <>
            <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
            <SelectField
              label={w.source}
              value={sourceId}
              onChange={setSourceId}
              required
              hint={sources.data && scim.length === 0 ? w.noSource : undefined}
              options={[{ value: '', label: '—' }, ...scim.map((source) => ({ value: source.id, label: source.name }))]}
            />
          </>
        )}
        <DateTimeField
          label={w.until}
          value={expiresAt}
          onChange={setExpiresAt}
          required
          dateOnly
          maxDays={serviceDaysMax}
          hint={w.untilHint}
        />
      </div>
    </Dialog>
  )
}

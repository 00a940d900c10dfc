import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { registerRelease } from '@huabiao/domains/release/release.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { type ArtifactDraft, ArtifactFields } from './ArtifactFields.tsx'
import { releaseWords } from './release-words.ts'

export function RegisterDrawer({ onClose, onDone }: { onClose: () => void; onDone: (releaseId: string) => void }) {
  const w = useWords(releaseWords)
  const me = useMe()
  const [product, setProduct] = useState('')
  const [version, setVersion] = useState('')
  const [origin, setOrigin] = useState('')
  const [builder, setBuilder] = useState<PersonView>()
  const [files, setFiles] = useState<readonly ArtifactDraft[]>([])
  const register = useAct(registerRelease, {
    onDone: (release) => {
      toast(w.done)
      onDone(release.id)
    },
  })
  const artifacts = files.map(({ name, size, sm3, sha256 }) => ({
    name,
    size: size === '' ? Number.NaN : Number(size),
    sm3,
    sha256,
  }))
  const parsed = registerRelease.body.safeParse({ product, version, origin, builderId: builder?.id ?? null, artifacts })
  return (
    <Drawer
      title={w.register}
      open
      onClose={onClose}
      width={760}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={register.isPending}
            disabledReason={parsed.success ? undefined : w.registerHint}
            onClick={() => parsed.success && register.mutate({ body: parsed.data })}
          >
            {w.register}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {register.error ? <ProblemNote error={register.error} compact /> : null}
        <div className="row gap-8 top">
          <div className="grow">
            <TextField label={w.product} value={product} onChange={setProduct} required maxLength={120} />
          </div>
          <TextField label={w.version} value={version} onChange={setVersion} required maxLength={60} mono spellCheck={false} />
        </div>
        <TextField label={w.origin} value={origin} onChange={setOrigin} required maxLength={500} hint={w.originHint} />
        <PersonPicker
          label={w.builder}
          person={builder}
          onPick={setBuilder}
          tenantId={me.tenant.id}
          required={false}
          hint={w.builderHint}
        />
        <ArtifactFields files={files} onChange={setFiles} />
      </div>
    </Drawer>
  )
}

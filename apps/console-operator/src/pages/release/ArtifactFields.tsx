import { artifactsMax } from '@huabiao/domains/release/release.model'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button, IconButton } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextField } from '@huabiao/ui/primitives/Field'
import { FileField } from '@huabiao/ui/primitives/FileField'
import { useState } from 'react'
import { sm3 } from '../ledger/sm3.ts'
import { releaseWords } from './release-words.ts'

/** A file as it is being registered: `size` as typed. */
export interface ArtifactDraft {
  readonly name: string
  readonly size: string
  readonly sm3: string
  readonly sha256: string
  /** Filled in by hand, and so still open. */
  readonly typed: boolean
}
const largest = 256 * 1024 * 1024
const blank: ArtifactDraft = { name: '', size: '', sm3: '', sha256: '', typed: true }

async function digested(file: File): Promise<ArtifactDraft> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  return { name: file.name, size: String(file.size), sha256, sm3: toHex(sm3(bytes)), typed: false }
}

export function ArtifactFields({
  files,
  onChange,
}: {
  files: readonly ArtifactDraft[]
  onChange: (files: readonly ArtifactDraft[]) => void
}) {
  const w = useWords(releaseWords)
  const [note, setNote] = useState<string>()
  // Plain http away from localhost has no digests in the browser.
  const able = typeof crypto.subtle !== 'undefined'
  const choose = async (chosen: readonly File[]) => {
    let known = files
    for (const file of chosen.slice(0, artifactsMax - files.length)) {
      if (file.size > largest) {
        setNote(w.tooLarge(file.name))
        return
      }
      setNote(w.reading(file.name))
      const draft = await digested(file)
      known = [...known.filter((one) => one.sha256 !== draft.sha256), draft]
      onChange(known)
    }
    setNote(undefined)
  }
  return (
    <div className="stack gap-12">
      <FileField
        label={w.files}
        required
        choose={w.choose}
        multiple
        disabled={!able}
        onChoose={(chosen) => void choose(chosen)}
        hint={note ?? (able ? w.chooseHint : w.chooseOff)}
      />
      {files.map((file, i) => (
        <ArtifactRow
          key={i}
          file={file}
          onChange={(next) => onChange(files.map((one, at) => (at === i ? next : one)))}
          onRemove={() => onChange(files.filter((_, at) => at !== i))}
        />
      ))}
      <div>
        <Button size="small" icon="plus" onClick={() => onChange([...files, blank])}>
          {w.addByHand}
        </Button>
      </div>
    </div>
  )
}

interface RowProps {
  file: ArtifactDraft
  onChange: (file: ArtifactDraft) => void
  onRemove: () => void
}
function ArtifactRow({ file, onChange, onRemove }: RowProps) {
  const w = useWords(releaseWords)
  const format = useFormat()
  if (!file.typed)
    return (
      <div className="row gap-12 wrap-row">
        <span className="strong">{file.name}</span>
        <span className="muted">{format.bytes(Number(file.size))}</span>
        <span className="faint small">SHA-256</span>
        <HashChip hash={file.sha256} label="SHA-256" />
        <span className="faint small">SM3</span>
        <HashChip hash={file.sm3} label="SM3" />
        <IconButton icon="delete" label={w.remove} onClick={onRemove} />
      </div>
    )
  const digest = (name: 'sha256' | 'sm3', label: string) => (
    <TextField
      label={label}
      mono
      required
      value={file[name]}
      onChange={(text) => onChange({ ...file, [name]: text.trim().toLowerCase() })}
      maxLength={64}
      spellCheck={false}
    />
  )
  return (
    <fieldset className="stack gap-8">
      <div className="row gap-8 bottom">
        <div className="grow">
          <TextField
            label={w.fileName}
            required
            value={file.name}
            onChange={(name) => onChange({ ...file, name })}
            maxLength={120}
          />
        </div>
        <TextField
          label={w.byteCount}
          required
          mono
          inputMode="numeric"
          value={file.size}
          onChange={(size) => onChange({ ...file, size: size.replace(/\D/g, '') })}
          maxLength={13}
        />
        <IconButton icon="delete" label={w.remove} onClick={onRemove} />
      </div>
      {digest('sha256', 'SHA-256')}
      {digest('sm3', 'SM3')}
    </fieldset>
  )
}

import { addDocument, type DocumentaryDetail } from '@huabiao/domains/documentary/documentary.contract'
import {
  type DocumentKind,
  documentMaxBytes,
  documentTypes,
  requiredDocuments,
} from '@huabiao/domains/documentary/documentary.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { FileField } from '@huabiao/ui/primitives/FileField'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { pinOf } from '../change/plan-draft.ts'
import { documentaryWords } from './documentary-words.ts'

const base64Of = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })

export function Documents({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const format = useFormat()
  const mayAdd = found.acts.find((one) => one.act === 'upload')?.refusal === null
  return (
    <Card
      title={w.documents}
      extra={
        found.missing.length > 0 ? (
          <StatusTag tone="wait">{format.labelled(w.missing, format.list(found.missing.map((kind) => w.kinds[kind])))}</StatusTag>
        ) : null
      }
    >
      <ul className="stack gap-8">
        {found.documents.map((one) => (
          <li key={one.id} className="row gap-8 wrap-row">
            <StatusTag tone="info">{w.kinds[one.kind]}</StatusTag>
            <a href={`/api/v1/documentary-changes/${found.id}/documents/${one.id}`} download>
              {one.name}
            </a>
            <span className="muted small">
              {format.bytes(one.bytes)} · {one.addedBy.name} {format.dateTime(one.addedAt)}
            </span>
            <span className="push">
              <HashChip hash={one.sm3} label="SM3" />
            </span>
          </li>
        ))}
      </ul>
      {mayAdd ? <Upload found={found} /> : null}
    </Card>
  )
}

function Upload({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const kinds = requiredDocuments[found.class][found.state === 'effective' ? 'after' : 'before']
  const [kind, setKind] = useState<DocumentKind>(found.missing[0] ?? kinds[0]!)
  const add = useAct(addDocument, { onDone: () => toast(w.uploadDone) })
  const send = async (file: File | undefined): Promise<void> => {
    const type = documentTypes.find((one) => one === file?.type)
    if (!file || !type || file.size > documentMaxBytes) return toast(w.tooLarge, 'bad')
    const { sha256 } = await pinOf(file)
    const body = { kind, name: file.name.slice(0, 120), type, sha256, content: await base64Of(file) }
    add.mutate({ params: { documentaryId: found.id }, body })
  }
  return (
    <div className="row gap-8 top wrap-row">
      {add.error ? <ProblemNote error={add.error} compact /> : null}
      <SelectField
        label={w.kind}
        value={kind}
        onChange={setKind}
        options={kinds.map((value) => ({ value, label: w.kinds[value] }))}
      />
      <FileField label={w.upload} choose={w.acts.upload} disabled={add.isPending} onChoose={(files) => void send(files[0])} />
    </div>
  )
}

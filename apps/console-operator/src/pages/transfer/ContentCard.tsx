import { listContents } from '@huabiao/domains/transfer/transfer.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { CopyButton, HashChip } from '@huabiao/ui/primitives/Copyable'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { transferWords } from './transfer-words.ts'
import { uploadContent } from './upload-content.ts'

/** What the plan of a change places by upload, and the way to bring it in. Nothing where it places nothing. */
export function ContentCard({ changeId }: { changeId: string }) {
  const w = useWords(transferWords)
  const { data } = useApi(listContents, { params: { changeId } }, { everyMs: 5_000 })
  if (!data || data.items.length === 0) return null
  const notMine = data.refusal === 'change.not_executor' || data.refusal === 'access.denied'
  return (
    <Card title={w.artifacts}>
      <div className="stack gap-12">
        <p className="muted small">{w.artifactsText}</p>
        {data.items.map((item) => (
          <Artifact key={item.slot} item={item} refusal={data.refusal} mine={!notMine} />
        ))}
        {data.refusal && !notMine && data.items.some((item) => !item.held) ? <HeldReason code={data.refusal} /> : null}
      </div>
    </Card>
  )
}

interface Item {
  name: string
  path: string
  place: string
  stepKey: string
  bytes: number
  sha256: string
  held: boolean
}
function Artifact({ item, refusal, mine }: { item: Item; refusal: string | null; mine: boolean }) {
  const w = useWords(transferWords)
  const format = useFormat()
  const queries = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [part, setPart] = useState(0)
  const upload = useMutation({
    mutationFn: (file: File) => uploadContent(file, item, setPart),
    onSettled: () => {
      setPart(0)
      void queries.invalidateQueries()
    },
  })
  return (
    <div className="stack gap-4">
      <div className="row gap-8 wrap-row">
        <StatusTag tone={item.held ? 'good' : 'wait'}>{item.held ? w.held : w.missing}</StatusTag>
        <code className="strong">{item.path}</code>
        <span className="muted small">
          {item.stepKey} · {format.bytes(item.bytes)}
        </span>
        <HashChip hash={item.sha256} label={w.digest} />
        {mine ? (
          <span className="push">
            <input
              ref={input}
              type="file"
              hidden
              aria-label={`${w.upload} ${item.name}`}
              onChange={(event) => {
                const [file] = event.target.files ?? []
                event.target.value = ''
                if (file) upload.mutate(file)
              }}
            />
            <Button
              size="small"
              tone={item.held ? 'plain' : 'primary'}
              busy={upload.isPending}
              disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined}
              onClick={() => input.current?.click()}
            >
              {upload.isPending
                ? part < 1
                  ? w.uploading(`${Math.round(part * 100)} %`)
                  : w.checking
                : item.held
                  ? w.again
                  : w.upload}
            </Button>
          </span>
        ) : null}
      </div>
      {mine && !item.held ? (
        <div className="row gap-4 small muted">
          <span>{w.orByClient}</span>
          <code className="clip">{item.place}</code>
          <CopyButton text={item.place} label={w.place} />
        </div>
      ) : null}
      {upload.error ? <ProblemNote error={upload.error} compact /> : null}
    </div>
  )
}

import { getChange, listChanges } from '@huabiao/domains/change/change.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useApi } from '../../api/hooks.ts'
import { toneOf } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'

/** An earlier change of the same system as the beginning of this plan. Nothing of its approvals comes along. */
export function CopyPlanDialog({
  changeId,
  systemId,
  onClose,
  onPick,
}: {
  changeId: string
  systemId: string | undefined
  onClose: () => void
  onPick: (plan: ChangePlan) => void
}) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const format = useFormat()
  const [text, setText] = useState('')
  const query = { limit: 20, ...(systemId ? { systemId } : {}), ...(text.trim() ? { text: text.trim() } : {}) }
  const { data, error } = useApi(listChanges, { query })
  const fetched = useMutation({
    mutationFn: (id: string) => api(getChange, { params: { changeId: id } }),
    onSuccess: (change) => onPick(change.plan),
  })
  const rows = data?.items.filter((row) => row.id !== changeId)
  return (
    <Dialog title={w.copyFrom} open onClose={onClose} width={640}>
      <div className="stack gap-12">
        <p className="muted small">{w.copyText}</p>
        <SearchField label={c.search} value={text} onChange={setText} autoFocus />
        {(error ?? fetched.error) ? <ProblemNote error={error ?? fetched.error} compact /> : null}
        {!rows ? <Skeleton lines={4} height={28} /> : null}
        {rows?.length === 0 ? <EmptyState title={c.empty} icon="search" compact /> : null}
        <ul className="pick-list">
          {rows?.map((row) => (
            <li key={row.id}>
              <button type="button" onClick={() => fetched.mutate(row.id)}>
                <span className="stack grow">
                  <b className="clip">{row.title}</b>
                  <span className="muted small">
                    {row.no} · {format.date(row.createdAt)}
                  </span>
                </span>
                <StatusTag tone={toneOf(row.state)}>{c.states[row.state]}</StatusTag>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

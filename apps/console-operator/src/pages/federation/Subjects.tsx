import {
  bindSubject,
  listSubjects,
  type SourceView,
  type SubjectView,
  unbindSubject,
} from '@huabiao/domains/federation/federation.contract'
import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { SearchField, TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { federationWords } from './federation-words.ts'

type Which = 'no' | 'yes' | 'any'
/** Whom the source knows, and who that is here. */
export function Subjects({ source }: { source: SourceView }) {
  const w = useWords(federationWords)
  const [which, setWhich] = useState<Which>('any')
  const [text, setText] = useState('')
  const [binding, setBinding] = useState<SubjectView>()
  const [unbinding, setUnbinding] = useState<SubjectView>()
  const params = { sourceId: source.id }
  const query = { limit: 50, ...(which === 'any' ? {} : { bound: which }), ...(text.trim() ? { text: text.trim() } : {}) }
  const found = useApi(listSubjects, { params, query })
  const unbind = useAct(unbindSubject, {
    onDone: () => {
      toast(w.done)
      setUnbinding(undefined)
    },
  })
  const columns = useSubjectColumns({ bind: setBinding, unbind: setUnbinding })
  return (
    <Card flush label={w.subjects}>
      <div className="filter-bar">
        <SearchField label={w.search} size="small" value={text} onChange={setText} />
        <Segmented
          label={w.subjects}
          value={which}
          onChange={setWhich}
          options={[
            { value: 'any', label: w.any },
            { value: 'no', label: w.onlyUnbound },
            { value: 'yes', label: w.onlyBound },
          ]}
        />
      </div>
      <ResourceTable
        rows={found.data?.items}
        error={found.error}
        label={w.subjects}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<EmptyState title={w.noSubjects} icon="people" />}
      />
      {binding ? <BindDialog source={source} subject={binding} onClose={() => setBinding(undefined)} /> : null}
      {unbinding ? (
        <ReasonDialog
          title={`${w.unbind} · ${unbinding.personName ?? ''}`}
          words={{ reason: w.reason, hint: w.reasonHint, act: w.unbind, cancel: w.cancel }}
          busy={unbind.isPending}
          error={unbind.error}
          onConfirm={(reason) => unbind.mutate({ params: { ...params, subjectId: unbinding.id }, body: { reason } })}
          onClose={() => setUnbinding(undefined)}
        />
      ) : null}
    </Card>
  )
}

function BindDialog({ source, subject, onClose }: { source: SourceView; subject: SubjectView; onClose: () => void }) {
  const w = useWords(federationWords)
  const me = useMe()
  const [person, setPerson] = useState<PersonView>()
  const [reason, setReason] = useState('')
  const bind = useAct(bindSubject, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const submit = () =>
    person &&
    bind.mutate({ params: { sourceId: source.id }, body: { externalId: subject.externalId, personId: person.id, reason } })
  return (
    <Dialog
      title={w.bind}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={bind.isPending}
            disabledReason={person && reason.trim() ? undefined : w.fill}
            onClick={submit}
          >
            {w.bind}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {bind.error ? <ProblemNote error={bind.error} compact /> : null}
        <p className="muted">{w.bindText}</p>
        <div className="stack">
          <span className="strong">{[subject.attributes.name, subject.attributes.unit].filter(Boolean).join(' · ')}</span>
          <code className="wrap small">{subject.externalId}</code>
        </div>
        <PersonPicker label={w.person} person={person} onPick={setPerson} tenantId={me.tenant.id} />
        <TextArea label={w.reason} value={reason} onChange={setReason} required rows={2} maxLength={500} hint={w.reasonHint} />
      </div>
    </Dialog>
  )
}

function useSubjectColumns(on: { bind: (row: SubjectView) => void; unbind: (row: SubjectView) => void }): Column<SubjectView>[] {
  const w = useWords(federationWords)
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  return [
    {
      key: 'external',
      title: w.external,
      render: (row) => (
        <span className="stack">
          <code className="wrap small">{row.externalId}</code>
          <span className="muted small">
            {[row.attributes.userName, row.attributes.name, row.attributes.unit].filter(Boolean).join(' · ')}
          </span>
        </span>
      ),
    },
    {
      key: 'state',
      title: w.state,
      width: 110,
      render: (row) => <StatusTag tone={row.status === 'active' ? 'good' : 'neutral'}>{w.subjectStatuses[row.status]}</StatusTag>,
    },
    {
      key: 'person',
      title: w.person,
      width: 190,
      render: (row) =>
        row.personName ? (
          <span className="stack">
            <span>{row.personName}</span>
            <span className="muted small">
              {row.boundHow ? w.how[row.boundHow] : ''} {row.boundAt ? format.date(row.boundAt) : ''}
            </span>
          </span>
        ) : (
          <StatusTag tone="wait">{w.unbound}</StatusTag>
        ),
    },
    {
      key: 'act',
      title: '',
      width: 110,
      end: true,
      render: (row) =>
        row.personId ? (
          <Button
            size="small"
            tone="danger"
            disabledReason={
              !can('source:manage') ? (
                w.notAllowed
              ) : row.personId === me.person.id ? (
                <RefusalHint code="federation.own_binding" />
              ) : undefined
            }
            onClick={() => on.unbind(row)}
          >
            {w.unbind}
          </Button>
        ) : (
          <Button size="small" disabledReason={can('source:manage') ? undefined : w.notAllowed} onClick={() => on.bind(row)}>
            {w.bind}
          </Button>
        ),
    },
  ]
}

import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { isFinal } from '@huabiao/domains/change/change.model'
import { getDossier } from '@huabiao/domains/dossier/dossier.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { codeOf } from '../../api/client.ts'
import { useApi } from '../../api/hooks.ts'
import { dossierWords } from './dossier-words.ts'

/** What remains of a change that has ended: the document for reading, the data for checking. */
export function DossierCard({ change }: { change: ChangeDetail }) {
  const w = useWords(dossierWords)
  const format = useFormat()
  const ended = isFinal(change.state)
  const { data: dossier, error } = useApi(
    getDossier,
    { params: { changeId: change.id } },
    { enabled: ended, everyMs: ended ? 10_000 : false },
  )
  if (!ended) return null
  const url = `/api/v1/changes/${change.id}/dossier`
  return (
    <Card
      title={w.title}
      extra={
        dossier ? (
          <span className="row gap-8">
            <a className="button primary small" href={`${url}/document`} download>
              <Icon name="download" />
              {w.document}
            </a>
            <a className="button small" href={`${url}/data`} download>
              <Icon name="download" />
              {w.data}
            </a>
          </span>
        ) : null
      }
    >
      {dossier ? (
        <div className="stack gap-8">
          <Facts
            columns={2}
            items={[
              { label: w.sealedAt, value: format.dateTime(dossier.sealedAt) },
              { label: w.size, value: w.sizeOf(dossier.pages, dossier.records) },
              { label: w.dataSm3, value: <HashChip hash={dossier.data.sm3} label={w.dataSm3} /> },
              { label: w.documentSm3, value: <HashChip hash={dossier.document.sm3} label={w.documentSm3} /> },
            ]}
          />
          <p className="muted small">{w.check}</p>
          <code className="small wrap">{`node huabiao-verify.mjs huabiao-ledger.jsonl --dossier ${change.no}-dossier.json`}</code>
        </div>
      ) : error ? (
        codeOf(error) === 'dossier.not_sealed' ? (
          <HeldReason code="dossier.not_sealed" />
        ) : (
          <ProblemNote error={error} compact />
        )
      ) : null}
    </Card>
  )
}

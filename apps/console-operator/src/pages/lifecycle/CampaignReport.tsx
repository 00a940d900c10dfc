import { type CampaignView, getCampaignReport } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useCan } from '../../api/me.tsx'
import { reviewWords } from './review-words.ts'
import { saveText } from './save-text.ts'

/** What came of the campaign, and the digest that the ledger holds. */
export function CampaignReport({ of }: { of: CampaignView }) {
  const w = useWords(reviewWords)
  const can = useCan()
  const [error, setError] = useState<unknown>()
  const download = async () => {
    try {
      const { name, csv } = await api(getCampaignReport, { params: { campaignId: of.id } })
      saveText(name, csv)
      setError(undefined)
    } catch (cause) {
      setError(cause)
    }
  }
  return (
    <Card
      title={w.report}
      extra={
        <Button
          size="small"
          icon="download"
          disabledReason={can('lifecycle:oversee') ? undefined : w.notAllowed}
          onClick={() => void download()}
        >
          {w.download}
        </Button>
      }
    >
      <div className="stack gap-8">
        {error ? <ProblemNote error={error} compact /> : null}
        <span className="row gap-8">
          <span className="muted small">{w.digest}</span>
          <HashChip hash={of.reportSm3 ?? ''} label={w.digest} long />
        </span>
        <span className="muted small">{w.reportText}</span>
      </div>
    </Card>
  )
}

import type { listChains } from '@huabiao/domains/ledger/ledger.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { useRefusals } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Tooltip } from '@huabiao/ui/primitives/Tooltip'
import { ledgerWords } from './ledger-words.ts'

type Chains = ResponseOf<typeof listChains>
export type ChainItem = Chains['items'][number]

/** How far the witness at the supervision side has signed a chain, and since when it signs no more. */
export function WitnessedMark({ chain, hasWitness }: { chain: ChainItem; hasWitness: boolean }) {
  const w = useWords(ledgerWords)
  const format = useFormat()
  const said = useRefusals()
  const { witnessed, witnessRefusal, head } = chain
  if (witnessRefusal)
    return (
      <StatusTag tone="bad" icon="stop" solid hint={said(witnessRefusal.code).words}>
        {w.witnessRefused(format.relative(witnessRefusal.at))}
      </StatusTag>
    )
  if (!hasWitness) return <span className="faint">{w.noWitness}</span>
  if (!witnessed) return <span className="faint">{w.notWitnessed}</span>
  const behind = (head?.size ?? 0) - witnessed.size
  return (
    <span className="row gap-8 nowrap">
      <Tooltip
        text={`${format.seconds(witnessed.at)} · ${witnessed.signatures.map(({ alg, keyId }) => `${alg} ${keyId}`).join(' · ')}`}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip says which keys signed, and when to the second */}
        <span className="muted small" role="note" tabIndex={0}>
          {w.covered(witnessed.size)} · {format.relative(witnessed.at)}
        </span>
      </Tooltip>
      {behind > 0 ? <span className="tone-text-wait small">{w.notYetWitnessed(behind)}</span> : null}
    </span>
  )
}

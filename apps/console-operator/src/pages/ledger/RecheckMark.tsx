import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { ledgerWords } from './ledger-words.ts'
import type { ChainItem } from './WitnessedMark.tsx'

/** When a separate program last read the chain and its recordings anew, and whether all of it held. */
export function RecheckMark({ chain: { recheck } }: { chain: ChainItem }) {
  const w = useWords(ledgerWords)
  const format = useFormat()
  if (!recheck) return <span className="faint">{w.notRechecked}</span>
  const hint = `${format.seconds(recheck.at)} · ${w.rereadSegments(recheck.segments)}`
  return recheck.faults > 0 ? (
    <StatusTag tone="bad" icon="stop" solid hint={hint}>
      {w.recheckFaults(recheck.faults)}
    </StatusTag>
  ) : (
    <StatusTag tone="good" icon="pass" hint={hint}>
      {format.relative(recheck.at)}
    </StatusTag>
  )
}

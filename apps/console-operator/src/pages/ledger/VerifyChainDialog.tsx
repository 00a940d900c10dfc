import { useWords } from '@huabiao/ui/i18n/language'
import { RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Spinner } from '@huabiao/ui/primitives/Skeleton'
import { useEffect, useState } from 'react'
import { ledgerWords } from './ledger-words.ts'
import { ChainReader, type ChainVerdict } from './verify.ts'

/** Lines of an answer as they arrive; nothing is kept but the rest of a line. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    rest += decoder.decode(value, { stream: !done })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (done) break
  }
  if (rest) yield rest
}

export interface VerifyChainDialogProps {
  url: string
  chain: string
  onClose: () => void
}
/** Reads the export of the whole chain and checks every record and every tree head here. */
export function VerifyChainDialog({ url, chain, onClose }: VerifyChainDialogProps) {
  const w = useWords(ledgerWords)
  const [count, setCount] = useState(0)
  const [verdict, setVerdict] = useState<ChainVerdict>()
  const [failed, setFailed] = useState<string>()
  useEffect(() => {
    const stop = new AbortController()
    const run = async () => {
      const answer = await fetch(url, { signal: stop.signal, credentials: 'same-origin' })
      if (!answer.ok || !answer.body) {
        const problem = (await answer.json().catch(() => ({}))) as { code?: string }
        setFailed(problem.code ?? 'request.failed')
        return
      }
      const reader = new ChainReader(chain)
      let seen = 0
      for await (const line of linesOf(answer.body)) {
        reader.line(line)
        // The page must be able to breathe: hashing keeps the only thread busy.
        if (++seen % 250 === 0) {
          setCount(reader.records)
          await new Promise((resolve) => setTimeout(resolve))
        }
      }
      setVerdict(reader.end())
    }
    run().catch(() => {
      if (!stop.signal.aborted) setFailed('request.unreachable')
    })
    return () => stop.abort()
  }, [url, chain])
  const said = (found: ChainVerdict): string => {
    if (found.kind === 'holds') return w.chainHolds(found.records, found.heads)
    if (found.kind === 'record') return w.chainBroken(found.seq, found.faults.map((fault) => w.faults[fault]).join(' · '))
    return found.kind === 'head' ? w.headBroken(found.size) : w.truncated
  }
  return (
    <Dialog
      title={w.verifyAll}
      open
      onClose={onClose}
      width={560}
      footer={
        <Button tone="primary" onClick={onClose}>
          {w.close}
        </Button>
      }
    >
      <div className="stack gap-12" aria-live="polite">
        <p className="muted">{w.proveHint}</p>
        {failed ? <RefusalNote code={failed} compact /> : null}
        {verdict ? (
          <div className={`verdict ${verdict.kind === 'holds' ? 'good' : 'bad'}`} role="status">
            {said(verdict)}
          </div>
        ) : failed ? null : (
          <Spinner label={w.verifying(count)} />
        )}
        {verdict?.kind === 'holds' ? <p className="faint small">{w.signatureNote}</p> : null}
      </div>
    </Dialog>
  )
}

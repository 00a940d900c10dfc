import type { TerminalView } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { terminalWords } from './terminal-words.ts'

const tones = { requested: 'wait', approved: 'good', revoked: 'neutral' } as const
export function TerminalTag({ status }: { status: TerminalView['status'] }) {
  const w = useWords(terminalWords)
  return <StatusTag tone={tones[status]}>{w.statuses[status]}</StatusTag>
}

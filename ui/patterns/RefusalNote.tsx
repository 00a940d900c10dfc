import './refusal-note.css'
import { ProblemError } from '@huabiao/kit/http/client'
import { createContext, type ReactNode, use } from 'react'
import { fill } from '../i18n/fill.tsx'
import { useLanguage, useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'
import { Icon } from '../primitives/Icon.tsx'
import { Tooltip } from '../primitives/Tooltip.tsx'
import { redLineWords } from './red-lines.tsx'

/** What a code says in words, the red line it enforces, and what to do next. The console fills the book from the domains' phrases. */
export interface RefusalWords {
  readonly zh: string
  readonly en: string
  readonly nextZh: string
  readonly nextEn: string
  readonly rule?: string | undefined
}
export type RefusalBook = Readonly<Record<string, RefusalWords>>
const BookContext = createContext<RefusalBook>({})
export const RefusalBookProvider = ({ book, children }: { book: RefusalBook; children: ReactNode }) => (
  <BookContext value={book}>{children}</BookContext>
)

export interface SaidRefusal {
  code: string
  words: string
  next: string
  rule: string | undefined
}
/** Words a refusal code with what it is about; a code nobody worded is still shown, with its code. */
export function useRefusals(): (code: string, rule?: string, params?: RefusalNoteProps['params']) => SaidRefusal {
  const book = use(BookContext)
  const words = useWords(uiWords)
  const { language } = useLanguage()
  return (code, rule, params = {}) => {
    const said = book[code]
    if (!said) return { code, words: words.unknownRefusal(code), next: words.unknownNext, rule }
    const [text, next] = language === 'zh-CN' ? [said.zh, said.nextZh] : [said.en, said.nextEn]
    return { code, words: fill(text, params), next: fill(next, params), rule: rule ?? said.rule }
  }
}

/** The red line as a chip: its number and its name. The one place where cinnabar is at home; `quiet` where it is kept and only named. */
export function RedLineChip({ rule, short, quiet }: { rule: string; short?: boolean; quiet?: boolean }) {
  const names = useWords(redLineWords)
  const name = names[rule]
  const look = quiet ? 'red-line quiet' : 'red-line'
  if (!name || short)
    return (
      <Tooltip text={name}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip is the name of the red line */}
        <span className={look} role="note" tabIndex={0} aria-label={name ? `${rule} ${name}` : rule}>
          {rule}
        </span>
      </Tooltip>
    )
  return (
    <span className={look}>
      {rule} <b>{name}</b>
    </span>
  )
}

export interface RefusalNoteProps {
  code: string
  rule?: string | undefined
  params?: Readonly<Record<string, unknown>> | undefined
  requestId?: string | undefined
  details?: ReactNode
  action?: ReactNode
  compact?: boolean
}
/** A no, in words: what was refused, which red line says so, and what to do next. */
export function RefusalNote({ code, rule, params, requestId, details, action, compact }: RefusalNoteProps) {
  const words = useWords(uiWords)
  const said = useRefusals()(code, rule, params)
  return (
    <div className={`refusal${compact ? ' compact' : ''}`} role="alert" data-code={code}>
      <Icon name="stop" />
      <div className="stack gap-4 grow">
        <div className="row gap-8 wrap-row">
          {said.rule ? <RedLineChip rule={said.rule} /> : null}
          <span className="strong">{said.words}</span>
        </div>
        {details}
        <div>
          <span className="refusal-next">{words.whatNow}</span>
          {said.next}
        </div>
        {action}
        {requestId ? (
          <div className="faint small">
            {words.requestId} <code>{requestId}</code> · <code>{code}</code>
          </div>
        ) : null}
      </div>
    </div>
  )
}

/** Whatever a call threw, as a refusal. */
export function ProblemNote({ error, action, compact }: { error: unknown; action?: ReactNode; compact?: boolean }) {
  const problem = error instanceof ProblemError ? error.problem : undefined
  const at = problem?.params.at
  return (
    <RefusalNote
      code={problem?.code ?? 'request.failed'}
      rule={problem?.rule}
      params={problem?.params}
      requestId={problem?.requestId || undefined}
      compact={compact === true}
      action={action}
      details={Array.isArray(at) ? <code className="small wrap">{at.join(' · ')}</code> : undefined}
    />
  )
}

/** Why a button beside it may not be pressed yet, in plain sight: not an error, a condition that is still missing. */
export function HeldReason({ code }: { code: string }) {
  const words = useWords(uiWords)
  const said = useRefusals()(code)
  return (
    <div className="held-reason" data-code={code}>
      <Icon name="lock" />
      <div className="stack gap-2">
        <span className="row gap-8 wrap-row">
          {said.rule ? <RedLineChip rule={said.rule} /> : null}
          <span className="strong">{said.words}</span>
        </span>
        <span>
          <span className="refusal-next">{words.whatNow}</span>
          {said.next}
        </span>
      </div>
    </div>
  )
}

/** The reason of a button that may not be pressed: words and red line, for a tooltip. */
export function RefusalHint({ code }: { code: string }) {
  const said = useRefusals()(code)
  const names = useWords(redLineWords)
  return (
    <span className="stack gap-4" style={{ maxWidth: 320 }}>
      {said.rule ? (
        <b>
          {said.rule} {names[said.rule]}
        </b>
      ) : null}
      <span>{said.words}</span>
      <span style={{ opacity: 0.86 }}>{said.next}</span>
    </span>
  )
}

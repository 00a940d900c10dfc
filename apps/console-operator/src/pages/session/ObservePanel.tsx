import './session.css'
import { closeOwnSession, observeCommand, type SessionDetail } from '@huabiao/domains/session/session.contract'
import { observeFault, parseArgv } from '@huabiao/domains/session/session-observe.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextField } from '@huabiao/ui/primitives/Field'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import type { z } from 'zod'
import { useAct } from '../../api/hooks.ts'
import { LiveTerminal } from './LiveTerminal.tsx'
import { observeGroups } from './observe-list.ts'
import { observeWords } from './observe-words.ts'

/** One's own observe session, live: one listed command at a time, shown as it was parsed before it is sent. */
export function ObservePanel({ session }: { session: z.infer<typeof SessionDetail> }) {
  const w = useWords(observeWords)
  const format = useFormat()
  return (
    <div className="player observe">
      <Card flush title={format.list(session.targetNames)} extra={<EndButton sessionId={session.id} />}>
        {session.state === 'live' ? (
          <>
            <LiveTerminal sessionId={session.id} greeting={w.begun} />
            <CommandLine sessionId={session.id} />
          </>
        ) : (
          <p className="pad muted" role="status">
            {w.opening}
          </p>
        )}
      </Card>
      <Card title={w.list}>
        <div className="stack gap-12">
          <p className="muted small">{w.listText}</p>
          {Object.entries(observeGroups).map(([group, programs]) => (
            <section key={group} className="stack gap-4">
              <h3 className="small strong">{w.groups[group]}</h3>
              <div className="observe-programs">
                {Object.values(programs).map((form) => (
                  <code key={form}>{form}</code>
                ))}
              </div>
            </section>
          ))}
        </div>
      </Card>
    </div>
  )
}

function EndButton({ sessionId }: { sessionId: string }) {
  const w = useWords(observeWords)
  const close = useAct(closeOwnSession)
  return (
    <>
      {close.error ? <ProblemNote error={close.error} compact /> : null}
      <Button size="small" icon="stop" busy={close.isPending} onClick={() => close.mutate({ params: { sessionId } })}>
        {w.end}
      </Button>
    </>
  )
}

function CommandLine({ sessionId }: { sessionId: string }) {
  const w = useWords(observeWords)
  const [line, setLine] = useState('')
  const said = useRef<{ lines: string[]; at: number }>({ lines: [], at: 0 })
  const run = useAct(observeCommand, { refresh: [] })
  const argv = parseArgv(line)
  const refusal = line.trim() === '' ? undefined : observeFault(line)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // What is not listed is sent all the same: the refusal is the server's, and is recorded.
    if (!argv || refusal === 'syntax' || run.isPending) return
    said.current = { lines: [...said.current.lines, line], at: said.current.lines.length + 1 }
    run.mutate({ params: { sessionId }, body: { argv } }, { onSuccess: () => setLine('') })
  }
  const recall = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (step === 0) return
    const { lines, at } = said.current
    said.current.at = Math.max(0, Math.min(lines.length, at + step))
    setLine(lines[said.current.at] ?? '')
  }
  return (
    <form className="observe-line" onSubmit={submit} onKeyDown={recall}>
      <div className="row gap-8">
        <span className="grow">
          <TextField
            label={w.command}
            hideLabel
            placeholder={w.command}
            value={line}
            onChange={setLine}
            mono
            autoFocus
            spellCheck={false}
            autoComplete="off"
            maxLength={2000}
          />
        </span>
        <Button
          type="submit"
          tone="primary"
          icon="play"
          busy={run.isPending}
          disabledReason={line.trim() === '' ? w.command : refusal === 'syntax' ? w.refusals.syntax : undefined}
        >
          {w.run}
        </Button>
      </div>
      <div className="observe-parsed small" aria-live="polite">
        {refusal ? (
          <span className="tone-text-bad">{w.refusals[refusal]}</span>
        ) : argv ? (
          <>
            <span className="muted">
              {w.parsed} {w.parsedWords(argv.length)}
            </span>
            {argv.map((word, i) => (
              // The same word may stand twice: its place is what it is.
              <code key={`${i} ${word}`}>{word === '' ? "''" : word}</code>
            ))}
          </>
        ) : (
          <span className="muted">{w.commandHint}</span>
        )}
      </div>
      {run.error ? <ProblemNote error={run.error} compact /> : null}
    </form>
  )
}

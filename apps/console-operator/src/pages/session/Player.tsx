import '@xterm/xterm/css/xterm.css'
import './session.css'
import type { SessionDetail } from '@huabiao/domains/session/session.contract'
import { problemOf } from '@huabiao/kit/http/client'
import { clockFace } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useQuery } from '@tanstack/react-query'
import { Terminal } from '@xterm/xterm'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { z } from 'zod'
import { useParam } from '../../app/use-param.ts'
import { findInCast, parseCast, schedule } from './cast.ts'
import { terminalFont, terminalTheme } from './LiveTerminal.tsx'
import { sessionWords } from './session-words.ts'

const speeds = ['1', '2', '4', '8'] as const

/** Replays a recording: play, seek, speed, idle time skipped, an index of steps, and search in what was printed. */
export function Player({ session }: { session: z.infer<typeof SessionDetail> }) {
  const w = useWords(sessionWords)
  const { data, error } = useQuery({
    queryKey: ['recording', session.id, session.segments],
    queryFn: async () => {
      const answer = await fetch(`/api/v1/sessions/${session.id}/recording`, { headers: { accept: 'application/x-asciicast' } })
      const body = await answer.text()
      if (!answer.ok) throw problemOf(answer.status, body)
      return body
    },
  })
  const [skipIdle, setSkipIdle] = useState(true)
  const [speed, setSpeed] = useState<(typeof speeds)[number]>('1')
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [text, setText] = useState('')
  const events = useMemo(() => parseCast(data ?? ''), [data])
  const times = useMemo(() => schedule(events, skipIdle), [events, skipIdle])
  const end = times.at(-1) ?? 0
  const hits = useMemo(() => findInCast(events, text), [events, text])
  const place = useRef<HTMLDivElement>(null)
  const terminal = useRef<Terminal>(undefined)
  const shown = useRef(0)

  const hasEvents = events.length > 0
  useEffect(() => {
    if (!hasEvents || !place.current) return
    const made = new Terminal({
      convertEol: true,
      fontSize: 13,
      fontFamily: terminalFont(),
      theme: terminalTheme,
      disableStdin: true,
      scrollback: 20_000,
      rows: 26,
      cols: 110,
    })
    made.open(place.current)
    terminal.current = made
    shown.current = 0
    setAt(0)
    return () => made.dispose()
  }, [hasEvents])

  // Shows everything up to the moment; going back starts over, since a terminal cannot unprint.
  useEffect(() => {
    const screen = terminal.current
    if (!screen) return
    const upTo = times.findLastIndex((time) => time <= at) + 1
    if (upTo < shown.current) {
      screen.reset()
      shown.current = 0
    }
    for (const event of events.slice(shown.current, upTo)) screen.write(event.text)
    shown.current = upTo
  }, [at, times, events])

  useEffect(() => {
    if (!playing) return
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      const step = (now - last) * Number(speed)
      last = now
      setAt((before) => Math.min(before + step, end))
    }, 60)
    return () => clearInterval(timer)
  }, [playing, speed, end])
  useEffect(() => {
    if (playing && at >= end) setPlaying(false)
  }, [playing, at, end])

  const toggle = (): void => {
    if (at >= end) setAt(0)
    setPlaying(at >= end || !playing)
  }
  /** Recording time to the time shown. */
  const seek = (recordedMs: number): void => {
    const index = events.findIndex((event) => event.atMs >= recordedMs)
    setAt(index < 0 ? end : times[index]!)
  }
  // A link from the timeline of a change leads to its moment.
  const [moment] = useParam('at')
  const arrived = useRef(false)
  useEffect(() => {
    if (arrived.current || !hasEvents || !moment || !session.openedAt) return
    arrived.current = true
    seek(Date.parse(moment) - Date.parse(session.openedAt))
  })
  // What was not fetched is not empty: a reader must see which of the two it is.
  if (error && data === undefined)
    return (
      <Card title={w.replay}>
        <ProblemNote error={error} />
      </Card>
    )
  if (data !== undefined && !hasEvents)
    return (
      <Card title={w.replay}>
        <EmptyState title={w.noReplay} icon="play" compact />
      </Card>
    )
  const current =
    events[
      Math.max(
        0,
        times.findLastIndex((time) => time <= at),
      )
    ]?.atMs ?? 0
  const mark = session.marks.findLast((candidate) => candidate.atMs <= current + 1)
  return (
    <div className="player">
      <Card title={w.replay} flush>
        <div className="terminal-frame">
          <div ref={place} className="terminal-place" />
        </div>
        <div className="player-controls">
          <Button icon={playing ? 'pause' : 'play'} tone="primary" onClick={toggle}>
            {playing ? w.pause : w.play}
          </Button>
          <input
            type="range"
            aria-label={w.replay}
            min={0}
            max={Math.max(1, Math.round(end))}
            value={Math.round(at)}
            onChange={(event) => setAt(Number(event.target.value))}
          />
          <span className="nowrap small">
            {clockFace(at)} / {clockFace(end)}
          </span>
          <Segmented
            label={w.speed}
            value={speed}
            onChange={setSpeed}
            options={speeds.map((value) => ({ value, label: `${value}×` }))}
          />
          <Checkbox checked={skipIdle} onChange={setSkipIdle}>
            {w.skipIdle}
          </Checkbox>
        </div>
      </Card>
      <Card title={w.index} flush>
        <div className="pad">
          <SearchField label={w.find} value={text} onChange={setText} aside={text ? w.found(hits.length) : undefined} />
        </div>
        {hits.length > 0 ? (
          <ol className="marks hits" aria-label={w.find}>
            {hits.slice(0, 50).map((hit, i) => (
              <li key={`${i} ${hit.atMs}`}>
                <button type="button" onClick={() => seek(hit.atMs)}>
                  <span className="muted small">{clockFace(hit.atMs)}</span>
                  <code className="clip">{hit.line}</code>
                </button>
              </li>
            ))}
          </ol>
        ) : null}
        <ol className="marks">
          {session.marks.map((entry) => (
            <li key={`${entry.atMs} ${entry.label}`}>
              <button type="button" aria-current={entry === mark} onClick={() => seek(entry.atMs)}>
                <span className="muted small">{clockFace(entry.atMs)}</span>
                <span>{entry.label}</span>
              </button>
            </li>
          ))}
        </ol>
      </Card>
    </div>
  )
}

import '@xterm/xterm/css/xterm.css'
import './session.css'
import { openWebTerminal, watchSession } from '@huabiao/domains/session/session.contract'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'

/** The console's own monospace, whose Chinese is two columns wide: a terminal draws columns, and cannot read a custom property. */
export const terminalFont = (): string => getComputedStyle(document.documentElement).getPropertyValue('--mono').trim()
export const terminalTheme = { background: '#0d1522', foreground: '#d8e0ea', cursor: '#d8e0ea', selectionBackground: '#2a4166' }

/**
 * A terminal over a ticket: watching a session live, or the bastion's own prompt. It connects again by itself, with a new ticket. `first` is
 * typed once, when the prompt is there.
 */
export function LiveTerminal({
  sessionId,
  greeting,
  first,
}: {
  sessionId?: string
  greeting?: string
  first?: string | undefined
}) {
  const place = useRef<HTMLDivElement>(null)
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const terminal = new Terminal({
      convertEol: true,
      fontSize: 13,
      fontFamily: terminalFont(),
      theme: terminalTheme,
      disableStdin: sessionId !== undefined,
      scrollback: 5000,
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    terminal.open(place.current!)
    fit.fit()
    const observer = new ResizeObserver(() => fit.fit())
    observer.observe(place.current!)
    let socket: WebSocket | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    let ended = false
    let due = first
    // Columns and rows go as a binary message; text is typed (apps/bastion/ws-front).
    const tellSize = (): void => {
      if (sessionId === undefined && socket?.readyState === WebSocket.OPEN)
        socket.send(new TextEncoder().encode(`${terminal.cols}x${terminal.rows}`))
    }
    const resized = terminal.onResize(tellSize)
    const connect = async (): Promise<void> => {
      try {
        const { ticket, wsUrl } = sessionId ? await api(watchSession, { params: { sessionId } }) : await api(openWebTerminal)
        if (ended) return
        socket = new WebSocket(`${wsUrl}?ticket=${encodeURIComponent(ticket)}`)
        socket.onopen = () => {
          setError(undefined)
          terminal.reset()
          if (greeting) terminal.writeln(greeting)
          tellSize()
        }
        socket.onmessage = (message) => {
          terminal.write(String(message.data))
          if (due === undefined || !String(message.data).includes('> ')) return
          socket?.send(`${due}\r`)
          due = undefined
          terminal.focus()
        }
        socket.onclose = () => {
          if (!ended) again = setTimeout(() => void connect(), 2_000)
        }
      } catch (cause) {
        if (ended) return
        setError(cause)
        again = setTimeout(() => void connect(), 4_000)
      }
    }
    const typed = terminal.onData((data) => socket?.readyState === WebSocket.OPEN && socket.send(data))
    void connect()
    return () => {
      ended = true
      clearTimeout(again)
      typed.dispose()
      resized.dispose()
      observer.disconnect()
      socket?.close()
      terminal.dispose()
    }
  }, [sessionId, greeting, first])
  return (
    <div className="terminal-frame">
      {error ? <ProblemNote error={error} compact /> : null}
      <div ref={place} className="terminal-place" />
    </div>
  )
}

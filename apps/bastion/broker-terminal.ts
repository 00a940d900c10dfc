import { getSession } from '@huabiao/domains/session/session.contract'
import type { ApiClient } from '@huabiao/kit/http/client'
import type { BrokerIo } from './broker.ts'
import type { Say } from './broker-words.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Seat, Size } from './terminal.ts'

/** How long is waited for a recording to begin, and for a terminal on the target. */
const waitMs = 25_000
export type Feed = NonNullable<ReturnType<LiveSessions['watch']>>

export interface Sitting {
  readonly sessions: LiveSessions
  readonly api: ApiClient
  readonly io: BrokerIo
  readonly say: Say
  readonly personId: string
}

/**
 * What a session shows its executor from now on, once its recording has begun; undefined where it never does, and for everybody else:
 * to read a change is no right to see what its session shows (`watch` asks for a ticket).
 */
export async function feedOf({ sessions, api, io, personId }: Sitting, sessionId: string): Promise<Feed | undefined> {
  for (const until = Date.now() + waitMs; Date.now() < until && !io.signal.aborted; ) {
    const executor = sessions.executorOf(sessionId)
    if (executor !== undefined) {
      if (executor !== personId) return undefined
      const { state } = await api(getSession, { params: { sessionId } })
      if (state === 'live')
        return sessions.watch(
          sessionId,
          (text) => io.write(text),
          () => undefined,
        )
      if (state !== 'requested') return undefined
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return undefined
}

/** What somebody typed before the terminal was there; more than a few lines is not waited with. */
const earlyMaxBytes = 4 * 1024

/** Keys go to the terminal, and its recorded output comes back by the feed, until it ends. Answers whether there was one. */
export async function sitDown(of: Sitting, sessionId: string, feed: Feed | undefined): Promise<boolean> {
  const { sessions, io, say, personId } = of
  const line = (text: string): void => io.write(`${text}\r\n`)
  let seat: Seat | undefined
  let early = Buffer.alloc(0)
  let size: Size = { columns: 120, rows: 32 }
  line(say('terminalNotice'))
  const giveBack = io.raw?.(
    (bytes) => {
      if (seat) seat.type(bytes)
      else if (early.length + bytes.length <= earlyMaxBytes) early = Buffer.concat([early, bytes])
    },
    (now) => {
      size = now
      seat?.resize(now)
    },
  )
  const leave = (): void => seat?.leave()
  io.signal.addEventListener('abort', leave, { once: true })
  try {
    const terminal = feed && giveBack ? await sessions.terminalOf(sessionId, personId, waitMs, io.signal) : undefined
    seat = terminal?.sit(size)
    if (!terminal || !seat) {
      line(say('noTerminal'))
      return false
    }
    if (early.length > 0) seat.type(early)
    if (io.signal.aborted) leave()
    await terminal.over
  } finally {
    giveBack?.()
    io.signal.removeEventListener('abort', leave)
  }
  line(`\r\n${say('terminalEnded')}`)
  return true
}

import { createServer } from 'node:http'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { redeemTicket } from '@huabiao/domains/session/session-gateway.contract'
import { type WebSocket, WebSocketServer } from 'ws'
import { Broker } from './broker.ts'
import { type ControlPlane, causeOf } from './control-plane.ts'
import { LineEditor } from './line-editor.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Log } from './log.ts'
import { Refusals } from './refusals.ts'
import { rawInput, Screen } from './screen.ts'
import type { Front } from './ssh-front.ts'
import type { Size } from './terminal.ts'

const socketsMax = 500
const waitingMaxBytes = 1024 * 1024
const pingMs = 20_000

/** Columns and rows as the console writes them, `120x32`; undefined for anything else. */
function sizeIn(data: Buffer): Size | undefined {
  const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(data.toString('latin1')) ?? []
  return columns && rows ? { columns: Number(columns), rows: Number(rows) } : undefined
}

/** Doors for the browser. What is typed arrives as text messages, what is shown leaves as text messages. */
export function startWsFront(of: {
  host: string
  port: number
  allowedOrigins: readonly string[]
  gatewayId: string
  plane: ControlPlane
  sessions: LiveSessions
  log: Log
}): Promise<Front> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024, perMessageDeflate: false })
  const server = createServer((_request, answer) => answer.writeHead(404).end())
  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
    socket.on('error', () => undefined)
    const url = URL.parse(request.url ?? '/', 'http://gateway')
    // `//` is a request target that is no address: it came from outside, so it must not throw here.
    if (!url) return refuse('400 Bad Request')
    const ticket = url.searchParams.get('ticket') ?? ''
    if (url.pathname !== '/terminal' && url.pathname !== '/watch') return refuse('404 Not Found')
    if (!of.allowedOrigins.includes(request.headers.origin ?? '')) return refuse('403 Forbidden')
    if (ticket === '' || ticket.length > 200) return refuse('401 Unauthorized')
    if (sockets.clients.size >= socketsMax) return refuse('503 Service Unavailable')
    const sourceIp = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    of.plane.gateway(redeemTicket, { body: { ticket, sourceIp } }).then(
      (redeemed) => {
        if (`/${redeemed.kind}` !== url.pathname) return refuse('401 Unauthorized')
        sockets.handleUpgrade(request, socket, head, (client) => {
          keepAlive(client)
          if (redeemed.kind === 'watch') watch(client, redeemed.sessionId, of.sessions)
          else void terminal(client, redeemed, sourceIp, of)
        })
      },
      (cause: unknown) => {
        of.log({ level: 'warn', event: 'ticket_refused', path: url.pathname, cause: causeOf(cause) })
        refuse('401 Unauthorized')
      },
    )
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(of.port, of.host, () => {
      resolve({
        port: (server.address() as { port: number }).port,
        close: () =>
          new Promise((done) => {
            for (const client of sockets.clients) client.terminate()
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}

/** A browser that does not keep up is let go; it may ask for a new ticket and see the screen again. */
const writer =
  (client: WebSocket): ((text: string) => void) =>
  (text) => {
    if (client.readyState !== client.OPEN) return
    if (client.bufferedAmount > waitingMaxBytes) client.close(1013, 'too slow')
    else client.send(text)
  }

function keepAlive(client: WebSocket): void {
  let heard = true
  const timer = setInterval(() => {
    if (!heard) return client.terminate()
    heard = false
    client.ping()
  }, pingMs)
  client.on('pong', () => {
    heard = true
  })
  client.on('error', () => client.terminate())
  client.on('close', () => clearInterval(timer))
}

function watch(client: WebSocket, sessionId: string, sessions: LiveSessions): void {
  const write = writer(client)
  const feed = sessions.watch(sessionId, write, () => client.close(1000, 'ended'))
  if (!feed) return void client.close(4404, 'not live')
  write(feed.first)
  client.on('close', feed.stop)
}

async function terminal(
  client: WebSocket,
  ticket: { token: string; personName: string; locale: 'zh-CN' | 'en' },
  sourceIp: string,
  of: { gatewayId: string; plane: ControlPlane; sessions: LiveSessions; log: Log },
): Promise<void> {
  const gone = new AbortController()
  const write = writer(client)
  const editor = new LineEditor(write)
  const screen = new Screen()
  client.on('message', (data, isBinary) => {
    // Text is typed; what is binary says how large the screen is.
    const size = isBinary ? sizeIn(data as Buffer) : undefined
    if (size) screen.set(size)
    else if (!isBinary) editor.input(Buffer.from(data as Buffer))
  })
  client.on('close', () => {
    gone.abort()
    editor.end()
  })
  const api = of.plane.as(ticket.token)
  try {
    const me = await api(getMe)
    const person = { id: me.person.id, name: ticket.personName, locale: ticket.locale, sourceIp }
    const io = {
      write,
      ask: (prompt: string, keep?: boolean) => editor.read(prompt, keep),
      onInterrupt: (act: (() => void) | undefined) => {
        editor.onInterrupt = act
      },
      colours: true,
      signal: gone.signal,
      raw: rawInput(editor, screen),
    }
    const refusals = new Refusals({ api, door: 'web-terminal', log: of.log })
    const { gatewayId, sessions } = of
    await new Broker({ api, gateway: of.plane.gateway, gatewayId, sessions, person, refusals, io }).prompt()
    client.close(1000, 'quit')
  } catch (cause) {
    of.log({ level: 'warn', event: 'terminal_ended', cause: causeOf(cause) })
    client.close(1011, 'failed')
  }
}

import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { lineRefusal } from '@huabiao/domains/session/session-observe.model'
import type { ApiClient } from '@huabiao/kit/http/client'
import ssh2, { type Connection, type ServerChannel, type Session } from 'ssh2'
import { Broker, type BrokerPerson } from './broker.ts'
import { refusalText } from './broker-words.ts'
import type { ControlPlane } from './control-plane.ts'
import { parseFileCommand } from './file-command.ts'
import { serveFileCommand, serveSftp } from './file-front.ts'
import { LineEditor } from './line-editor.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Log } from './log.ts'
import type { Quarantine } from './quarantine.ts'
import { Refusals } from './refusals.ts'
import { rawInput, Screen } from './screen.ts'
import { algorithms } from './second-leg.ts'
import { Admission, sourceOf } from './ssh-admission.ts'
import { type Logon, SshAuthentication } from './ssh-auth.ts'
import { isExposedToTerrapin } from './terrapin.ts'

const idleMs = 15 * 60_000
const outputMaxBytes = 4 * 1024 * 1024
/** Verbs that an exec channel may name; whatever else it names is a shell that does not exist here. */
const verbs = new Set(['changes', 'open', 'status', 'next', 'begin', 'run', 'pause', 'watch', 'observe', 'terminal', 'help'])

export interface SshFrontOptions {
  readonly hostKeyFile: string
  readonly host: string
  readonly port: number
  readonly gatewayId: string
  readonly plane: ControlPlane
  readonly sessions: LiveSessions
  readonly quarantine: Quarantine
  readonly log: Log
}
export interface Front {
  readonly port: number
  close(): Promise<void>
}

/** The door for OpenSSH clients. One session channel with the broker's prompt, or one of its verbs; all else is refused and told. */
export function startSshFront(of: SshFrontOptions): Promise<Front> {
  const open = new Set<Connection>()
  const admission = new Admission()
  const server = new ssh2.Server(
    { hostKeys: [readFileSync(of.hostKeyFile)], ident: 'huabiao', algorithms: algorithms as never, keepaliveInterval: 30_000 },
    (connection) => {
      connection.on('error', () => undefined)
      open.add(connection)
      connection.on('close', () => open.delete(connection))
      serve(of, connection, admission)
    },
  )
  const listener = createServer((socket) => {
    if (admission.admit(socket)) server.injectSocket(socket)
  })
  return new Promise((resolve, reject) => {
    server.on('error', () => undefined)
    listener.on('error', reject)
    listener.listen(of.port, of.host, () => {
      resolve({
        port: (listener.address() as { port: number }).port,
        close: () =>
          new Promise((done) => {
            listener.close(() => done())
            for (const connection of open) connection.end()
            setTimeout(() => admission.cutAll(), 1_000).unref()
          }),
      })
    })
  })
}

const socketOf = (connection: Connection): Socket => (connection as unknown as { _sock: Socket })._sock

function serve(of: SshFrontOptions, connection: Connection, admission: Admission): void {
  const socket = socketOf(connection)
  const sourceIp = sourceOf(socket)
  socket.setNoDelay(true)
  let logon: Logon | undefined
  const gone = new AbortController()
  connection.on('close', () => gone.abort())
  const authentication = new SshAuthentication({
    gateway: of.plane.gateway,
    sourceIp,
    log: of.log,
    tooMany: () => connection.end(),
    onLogon: (value) => {
      logon = value
      admission.settle(socket)
    },
  })
  connection.on('handshake', (negotiated) => {
    if (!isExposedToTerrapin(connection, negotiated)) return
    of.log({ level: 'warn', event: 'no_strict_key_exchange', sourceIp, cipher: negotiated.cs.cipher })
    socket.destroy()
  })
  connection.on('authentication', (ctx) => authentication.handle(ctx))
  connection.on('ready', () => {
    if (!logon) return void connection.end()
    socket.setTimeout(idleMs, () => connection.end())
    const expires = setTimeout(
      () => connection.end(),
      Math.min(2 ** 31 - 1, Math.max(0, Date.parse(logon.expiresAt) - Date.now())),
    )
    connection.on('close', () => clearTimeout(expires))
    const person = { id: logon.personId, name: logon.personName, locale: logon.locale, sourceIp }
    const api = of.plane.as(logon.token)
    guard(connection, new Refusals({ api, door: 'ssh', log: of.log }), { ...of, person, api, signal: gone.signal })
  })
}

interface Served extends SshFrontOptions {
  readonly person: BrokerPerson
  readonly api: ApiClient
  readonly signal: AbortSignal
}
const filesOf = ({ api, plane, quarantine, person, log }: Served) => ({
  api,
  gateway: plane.gateway,
  quarantine,
  locale: person.locale,
  log,
})

const brokerOf = ({ api, plane, sessions, person, gatewayId }: Served) => ({
  api,
  gateway: plane.gateway,
  sessions,
  person,
  gatewayId,
})

/** F10: every kind of request has its refusal here, so that none falls through to another. */
function guard(connection: Connection, refusals: Refusals, of: Served): void {
  let sessions = 0
  connection.on('session', (accept, reject) => {
    sessions++
    if (sessions > 1) {
      refusals.add('session', 'session.channel_refused', 'second session channel')
      return void reject()
    }
    guardSession(accept(), refusals, of, connection)
  })
  connection.on('tcpip', (_accept, reject, info) => {
    refusals.add('direct-tcpip', 'session.forwarding_refused', `${info.destIP}:${info.destPort}`)
    reject()
  })
  connection.on('openssh.streamlocal', (_accept, reject, info) => {
    refusals.add('direct-streamlocal', 'session.forwarding_refused', info.socketPath)
    reject()
  })
  connection.on('request', (accept, reject, name, info) => {
    if ((name as string) === 'no-more-sessions@openssh.com') return void accept?.()
    refusals.add(name, 'session.forwarding_refused', JSON.stringify(info ?? {}))
    reject?.()
  })
}

function guardSession(session: Session, refusals: Refusals, of: Served, connection: Connection): void {
  let pty = false
  let started = false
  const screen = new Screen()
  session.on('pty', (accept, _reject, info) => {
    pty = true
    screen.set({ columns: info.cols, rows: info.rows })
    accept?.()
  })
  session.on('window-change', (accept, _reject, info) => {
    screen.set({ columns: info.cols, rows: info.rows })
    accept?.()
  })
  session.on('signal', (_accept, reject) => reject?.())
  session.on('env', (_accept, reject, info) => {
    // Clients send their locale unasked; that is no attempt at anything.
    if (!/^(LANG|LC_[A-Z]+|COLORTERM)$/.test(info.key)) refusals.add('env', 'session.channel_refused', info.key)
    reject?.()
  })
  session.on('x11', (_accept, reject) => {
    refusals.add('x11-req', 'session.forwarding_refused', 'x11')
    reject?.()
  })
  session.on('auth-agent', (_accept, reject) => {
    refusals.add('auth-agent-req', 'session.forwarding_refused', 'agent')
    reject?.()
  })
  // No `sftp` listener: its packets are parsed here, operation by operation, and not by the library.
  session.on('subsystem', (accept, reject, info) => {
    if (info.name === 'sftp' && !started) {
      started = true
      return void serveSftp(accept(), filesOf(of))
    }
    refusals.add('subsystem', 'session.channel_refused', info.name)
    reject?.()
  })
  session.on('shell', (accept, reject) => {
    if (started || !pty) {
      refusals.add('shell', 'session.direct_shell_refused', 'shell without a terminal')
      return void reject?.()
    }
    started = true
    void interactive(accept(), refusals, screen, of).finally(() => {
      // The client ends it by itself when it has the exit status.
      setTimeout(() => connection.end(), 1_000).unref()
    })
  })
  session.on('exec', (accept, reject, info) => {
    const command = started ? undefined : parseFileCommand(info.command)
    if (command) {
      started = true
      return void serveFileCommand(command, accept(), filesOf(of))
    }
    const words = info.command.trim().split(/\s+/)
    const [verb = ''] = words
    if (started || !verbs.has(verb) || info.command.length > 1_000) {
      const code = lineRefusal(info.command)
      refusals.add('exec', code, info.command)
      if (started) return void reject?.()
      started = true
      return void tell(accept(), `${refusalText(code, of.person.locale)}\n`)
    }
    started = true
    // F6: accepted at once; a client without input has ended its side before anything asynchronous is done.
    void direct(accept(), words, refusals, pty, of)
  })
}

/** A writer that a slow reader cannot make grow: what does not fit ends the channel. */
function writer(channel: ServerChannel): (text: string) => void {
  return (text) => {
    if (channel.destroyed || !channel.writable) return
    if (channel.writableLength > outputMaxBytes) return void channel.destroy()
    channel.write(text)
  }
}

async function interactive(channel: ServerChannel, refusals: Refusals, screen: Screen, of: Served): Promise<void> {
  const write = writer(channel)
  const editor = new LineEditor(write)
  channel.on('data', (bytes: Buffer) => editor.input(bytes))
  channel.on('end', () => editor.end())
  channel.on('close', () => editor.end())
  channel.on('error', () => editor.end())
  const io = {
    write,
    ask: (prompt: string, keep?: boolean) => editor.read(prompt, keep),
    onInterrupt: (act: (() => void) | undefined) => {
      editor.onInterrupt = act
    },
    colours: true,
    signal: of.signal,
    raw: rawInput(editor, screen),
  }
  await new Broker({ ...brokerOf(of), refusals, io }).prompt()
  finish(channel, 0)
}

/** Why a client that asked for a command gets none, on its standard error; a channel that is only rejected tells nobody anything. */
function tell(channel: ServerChannel, text: string): void {
  channel.on('error', () => undefined)
  channel.stderr.write(text)
  finish(channel, 1)
}

async function direct(
  channel: ServerChannel,
  words: readonly string[],
  refusals: Refusals,
  pty: boolean,
  of: Served,
): Promise<void> {
  const write = writer(channel)
  let interrupt: (() => void) | undefined
  channel.on('close', () => interrupt?.())
  channel.on('error', () => undefined)
  channel.on('data', (bytes: Buffer) => {
    if (pty && bytes.includes(3)) interrupt?.()
  })
  const io = {
    write: pty ? write : (text: string) => write(text.replace(/\r\n/g, '\n')),
    onInterrupt: (act: (() => void) | undefined) => {
      interrupt = act
    },
    colours: false,
    signal: of.signal,
  }
  const broker = new Broker({ ...brokerOf(of), refusals, io })
  finish(channel, await broker.execute(words))
}

/** F7: the status first, then the end, or the client sees 255. */
function finish(channel: ServerChannel, status: number): void {
  if (channel.destroyed || !channel.writable) return
  channel.exit(status)
  channel.end()
}

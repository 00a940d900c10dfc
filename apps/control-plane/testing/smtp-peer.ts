import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'

/** A mail relay of the tests' own: RFC 5321 with STARTTLS (RFC 3207) or TLS at once, as far as a letter needs. */
export interface SmtpPeer {
  readonly port: number
  readonly letters: Letter[]
  /** Everything that came before TLS. */
  readonly plain: string[]
  /** Answers RCPT from now on. */
  answerRcpt(line: string): void
  close(): Promise<void>
}
export interface Letter {
  readonly from: string
  readonly to: string
  readonly text: string
}
export interface SmtpPeerOptions {
  readonly key: string
  readonly cert: string
  readonly implicit?: boolean
  /** Speaks no TLS at all. */
  readonly withoutTls?: boolean
}

export async function startSmtpPeer(options: SmtpPeerOptions): Promise<SmtpPeer> {
  const { key, cert } = options
  const letters: Letter[] = []
  const plain: string[] = []
  const open = new Set<Socket>()
  let rcpt = '250 ok'
  const state = { letters, plain, rcpt: () => rcpt, options }
  const met = (socket: Socket): void => {
    open.add(socket)
    // Whoever distrusts the certificate hangs up; that is no error of the peer.
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.write('220 peer ESMTP\r\n')
    converse(socket, state, socket instanceof TLSSocket)
  }
  const server = options.implicit ? createTlsServer({ key, cert }, met) : createServer(met)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    letters,
    plain,
    answerRcpt: (line) => {
      rcpt = line
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

interface State {
  readonly letters: Letter[]
  readonly plain: string[]
  readonly options: SmtpPeerOptions
  rcpt(): string
}
function converse(socket: Socket, state: State, secure: boolean): void {
  let rest = ''
  let from = ''
  let to = ''
  let text: string[] | undefined
  const say = (line: string) => socket.write(`${line}\r\n`)
  const hear = (line: string): void => {
    if (text) {
      if (line !== '.') return void text.push(line.replace(/^\./, ''))
      state.letters.push({ from, to, text: text.join('\n') })
      text = undefined
      return void say('250 kept')
    }
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') say(secure || state.options.withoutTls ? '250-peer\r\n250 8BITMIME' : '250-peer\r\n250 STARTTLS')
    else if (verb === 'STAR' && !secure && !state.options.withoutTls) startTls(socket, state, say)
    else if (verb === 'MAIL') {
      from = /<(.*?)>/.exec(line)?.[1] ?? ''
      say('250 ok')
    } else if (verb === 'RCPT') {
      to = /<(.*?)>/.exec(line)?.[1] ?? ''
      say(state.rcpt())
    } else if (verb === 'DATA') {
      text = []
      say('354 go on')
    } else if (verb === 'QUIT') socket.end('221 bye\r\n')
    else say('502 no')
  }
  socket.on('data', (bytes) => {
    rest += bytes.toString('utf8')
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (!secure) state.plain.push(line)
      hear(line)
    }
  })
}
function startTls(socket: Socket, state: State, say: (line: string) => unknown): void {
  socket.removeAllListeners('data')
  say('220 go ahead')
  const { key, cert } = state.options
  const upgraded = new TLSSocket(socket, { isServer: true, key, cert })
  upgraded.on('error', () => {})
  converse(upgraded, state, true)
}

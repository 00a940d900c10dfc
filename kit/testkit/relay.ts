import { connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /**
   * While it holds, not one more byte passes and nothing is told to either side, as when a network drops what it is given: new connections
   * hang as well. What was under way goes on afterwards, as TCP sends again what was not acknowledged.
   */
  hold(): void
  release(): void
  /** Each piece passes so many milliseconds later. */
  slowDown(delayMs: number): void
  close(): Promise<void>
}

/** A network between two processes that a test can take away. */
export async function startRelay(to: { readonly port: number }): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let held = false
  let delayMs = 0
  const pass = (from: Socket, into: Socket): void => {
    from.on('data', (chunk) => {
      if (delayMs === 0) {
        if (!into.write(chunk)) from.pause()
        return
      }
      from.pause()
      setTimeout(() => {
        into.write(chunk)
        if (!held) from.resume()
      }, delayMs)
    })
    into.on('drain', () => {
      if (!held) from.resume()
    })
    from.on('end', () => into.end())
    from.on('error', () => into.destroy())
    from.on('close', () => into.destroy())
  }
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: to.port, allowHalfOpen: true })
    const pair = [near, far] as const
    pairs.add(pair)
    near.on('close', () => pairs.delete(pair))
    pass(near, far)
    pass(far, near)
    if (held) for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const all = (act: (socket: Socket) => void): void => {
    for (const pair of pairs) for (const socket of pair) act(socket)
  }
  return {
    port: (server.address() as { port: number }).port,
    hold: () => {
      held = true
      all((socket) => socket.pause())
    },
    release: () => {
      held = false
      all((socket) => socket.resume())
    },
    slowDown: (ms) => {
      delayMs = ms
    },
    close: async () => {
      all((socket) => socket.destroy())
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

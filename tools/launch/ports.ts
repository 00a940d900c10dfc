// Loopback ports.
import { createServer } from 'node:net'

/** True when nobody listens there. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A port the kernel chooses. */
export async function anyFreePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, host, exclusive: true }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** The wished port or the next one up that is free and not in `taken`. */
export async function nextFreePort(wished: number, taken: ReadonlySet<number>, host = '127.0.0.1'): Promise<number> {
  for (let port = wished; port < Math.min(wished + 500, 65_536); port += 1) {
    if (!taken.has(port) && (await isFree(port, host))) return port
  }
  throw new Error(`no free port from ${wished} on`)
}

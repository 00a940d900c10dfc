// Loopback ports.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { commandOf } from './proc.ts'

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

const listening = '0A'

/** Sockets that listen on this port, by inode; /proc/net/tcp writes ports in hexadecimal. */
function listeners(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => {
    try {
      return readFileSync(path, 'utf8').split('\n').slice(1)
    } catch {
      return []
    }
  })
  const fields = rows.map((row) => row.trim().split(/\s+/))
  return new Set(fields.filter((one) => one[1]?.endsWith(suffix) && one[3] === listening).map((one) => `socket:[${one[9]}]`))
}

/** Who listens there, as `nginx, pid 812`; undefined where nobody does, or somebody whose files we may not see. */
export function holderOf(port: number): string | undefined {
  const wanted = listeners(port)
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => wanted.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
      if (holds) return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim() || commandOf(Number(pid))[0]}, pid ${pid}`
    } catch {
      // Gone meanwhile, or not ours to look at.
    }
  }
  return undefined
}

import { closeSync, constants, openSync } from 'node:fs'
import { connect } from 'node:net'
import { socketAddress } from '@huabiao/kit/crypto/signer-client'
import type { BastionConfig } from './config.ts'

/**
 * What a gateway must not have (NT-E06): the rights of root, a credential of the database, the keys of the signer, and, where it runs on a
 * host of its own, a way to either of them. Asked at start of the process itself, because a configuration that grew by a line is noticed
 * by nobody.
 */
const connectMs = 1_500
const secretNames = /^(PG[A-Z]+|.*DATABASE_URL|.*SIGNER.*|.*PASSWORD.*|.*SECRET.*|.*TOKEN.*)$/

interface OwnPlace {
  readonly uid: number | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}
const thisProcess = (): OwnPlace => ({ uid: process.getuid?.(), environment: process.env })

/** @throws Error that names what was found; the process must not go on */
export async function refuseUnlessAlone(
  config: Pick<BastionConfig, 'mayBeRoot' | 'mustNotRead' | 'mustNotReach'>,
  place: OwnPlace = thisProcess(),
): Promise<void> {
  const found: string[] = []
  if (place.uid === 0 && !config.mayBeRoot) found.push('it runs as root: give it an account of its own')
  for (const name of Object.keys(place.environment)) if (secretNames.test(name)) found.push(`its environment holds ${name}`)
  for (const path of config.mustNotRead) if (mayRead(path)) found.push(`it may read ${path}`)
  const reached = await Promise.all(config.mustNotReach.map(async (to) => ((await reaches(to)) ? [to] : [])))
  for (const to of reached.flat()) found.push(`it has a way to ${to}`)
  if (found.length > 0) throw new Error(`NT-E06: the gateway is not alone: ${found.join('; ')}`)
}

function mayRead(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY))
    return true
  } catch {
    return false
  }
}

/** What does not answer in time counts as not reached: a wall that drops is a wall. @throws RangeError where it is no address at all */
function reaches(to: string): Promise<boolean> {
  const address = socketAddress(to)
  const socket = connect('socketPath' in address ? { path: address.socketPath } : address)
  return new Promise((resolve) => {
    const end = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(connectMs, end(false)).once('connect', end(true)).once('error', end(false))
  })
}

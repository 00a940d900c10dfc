import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { Refusal } from '@huabiao/kit/errors/errors'

/** OWASP's second profile for argon2id: 19 MiB, two passes, one lane; 28 ms of a core. Stored beside each hash, so it may move. */
const parameters = { memory: 19_456, passes: 2, parallelism: 1 } as const
const tagLength = 32

/** Hashing is the most expensive thing a stranger can ask for: few at once, a short queue, the rest is refused (19 MiB each). */
const atOnce = 4
const queueLength = 64

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,64})\$([A-Za-z0-9+/]{32,128})$/
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

export interface PasswordHasher {
  /** PHC string of a new hash with a fresh salt. */
  hash(password: string): Promise<string>
  /** Whether the password is that of the PHC string. Without one, the same work is done and the answer is no. */
  matches(stored: string | undefined, password: string): Promise<boolean>
}

export function passwordHasher(): PasswordHasher {
  let running = 0
  const waiting: (() => void)[] = []
  const enter = async (): Promise<void> => {
    if (running >= atOnce) {
      if (waiting.length >= queueLength) throw new Refusal('request.too_many')
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
  const derive = async (password: string, salt: Uint8Array, cost: typeof parameters | Cost): Promise<Buffer> => {
    await enter()
    try {
      return await new Promise((resolve, reject) =>
        argon2(
          'argon2id',
          { message: Buffer.from(password.normalize('NFC'), 'utf8'), nonce: salt, tagLength, ...cost },
          (error, tag) => (error ? reject(error) : resolve(tag)),
        ),
      )
    } finally {
      leave()
    }
  }
  return {
    hash: async (password) => {
      const salt = randomBytes(16)
      const tag = await derive(password, salt, parameters)
      return `$argon2id$v=19$m=${parameters.memory},t=${parameters.passes},p=${parameters.parallelism}$${base64(salt)}$${base64(tag)}`
    },
    matches: async (stored, password) => {
      const parts = phc.exec(stored ?? '')
      if (!parts) {
        await derive(password, Buffer.alloc(16), parameters)
        return false
      }
      const [, memory, passes, parallelism, salt, expected] = parts
      const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
      const wanted = Buffer.from(expected!, 'base64')
      const tag = await derive(password, Buffer.from(salt!, 'base64'), cost)
      return wanted.length === tag.length && timingSafeEqual(wanted, tag)
    },
  }
}
interface Cost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

import { isIP } from 'node:net'
import { NotDeliverable, type NoticeChannel } from '@huabiao/domains/notification/notification.module'
import type { ContentClass } from '@huabiao/domains/notification/notification-message.model'
import { newId } from '@huabiao/kit/ids/new-id'
import { reachableAddress } from '@huabiao/kit/net/reach'
import { createTransport } from 'nodemailer'
import type { AllowedPlaces } from './webhook-channel.ts'

export interface MailRelay {
  readonly name: string
  readonly carries: ContentClass
  readonly host: string
  readonly port: number
  /** TLS from the first byte (RFC 8314), or STARTTLS that must come about (RFC 3207); there is no third way. */
  readonly tls: 'implicit' | 'starttls'
  readonly from: string
  /** Domains that may be sent to. */
  readonly domains: readonly string[]
  readonly user?: { readonly name: string; readonly password: string } | undefined
  readonly ca?: string | undefined
}
interface Letter {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

const stepMs = 10_000

/** Mail through one relay of the deployment, whose certificate holds (NT-A11): never a byte of a letter over a line that is not TLS. */
export function mailChannel(relay: MailRelay, places: AllowedPlaces): NoticeChannel {
  const { name, carries, host, domains } = relay
  if (!places.hosts.includes(host)) throw new Error(`channel ${name}: ${host} is not an allowed host`)
  const post = async (letter: Letter, signal: AbortSignal): Promise<void> => {
    const address = await reachableAddress(host, places.networks, places.resolve)
    signal.throwIfAborted()
    await send(relay, address, letter)
  }
  return {
    name,
    carries,
    addresses: {
      domains,
      sendCode: (to, code, signal) =>
        post(
          {
            id: newId(),
            to,
            subject: '[华表 Huabiao] 验证邮箱 / Prove your address',
            text: `验证码 ${code}，10 分钟内有效。若非您本人操作，请忽略本邮件。\n\nYour code is ${code}; it holds for 10 minutes. If you did not ask for it, ignore this mail.\n`,
          },
          signal,
        ),
    },
    deliver: ({ id, address, title, number, link }, signal) => {
      const what = `${title.zh} / ${title.en}${number === null ? '' : ` · ${number}`}`
      const text = `${title.zh}\n${title.en}\n${number === null ? '' : `${number}\n`}\n登录控制台查看 / Log on to read:\n${link}\n`
      return post({ id, to: address!, subject: `[华表 Huabiao] ${what}`, text }, signal)
    },
  }
}

async function send(relay: MailRelay, address: string, { id, to, subject, text }: Letter): Promise<void> {
  const { host, port, tls, from, user, ca } = relay
  const transport = createTransport({
    // The address that was admitted; the certificate must be of the name.
    host: address,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    tls: { ...(isIP(host) ? {} : { servername: host }), ca, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    ...(user ? { auth: { user: user.name, pass: user.password } } : {}),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    // The same on every attempt: a mailbox that got it twice can tell (RFC 5322 §3.6.4).
    const messageId = `<${id}@${from.split('@')[1]}>`
    await transport.sendMail({
      from: { name: '华表 Huabiao', address: from },
      to: { name: '', address: to },
      subject,
      text,
      messageId,
    })
  } catch (error) {
    throw plainly(error)
  } finally {
    transport.close()
  }
}

/** What the relay said, without its words: those repeat the address. A no to the letter is for good (RFC 5321 §4.2.1), one to us is not. */
function plainly(error: unknown): Error {
  const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number }
  const words = `the mail relay: ${code}${responseCode === undefined ? '' : ` ${responseCode}`}`
  const forGood = (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500
  return forGood ? new NotDeliverable(words) : new Error(words, { cause: error })
}

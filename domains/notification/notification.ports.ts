import type { Clock } from '@huabiao/kit/clock/clock'
import type { ContentClass, MessageContent } from './notification-message.model.ts'

/** A notice on its way out: what the channel may carry and where to look, never what is in the object (RL-22). */
export interface OutgoingMessage extends MessageContent {
  /** The same on every attempt: a channel that passes it on lets the receiver drop what comes twice. */
  readonly id: string
  readonly personId: string
  /** The person's proved address; null on a channel that asks for none. */
  readonly address: string | null
  /** The notices in the console, behind a log-on. */
  readonly link: string
}

/**
 * A way out of the product (mail, webhook); only channels that the management unit allows are wired (RL-22). It is asked after the
 * commit, at least once, again while it throws and the attempts last. The signal ends the attempt; what goes on afterwards is lost.
 */
export interface NoticeChannel {
  readonly name: string
  /** The most that the management unit allows on it. */
  readonly carries: ContentClass
  /** Where it needs an address of the person: to what addresses it may send, and how it proves that one is theirs. */
  readonly addresses?: NoticeAddresses
  deliver(message: OutgoingMessage, signal: AbortSignal): Promise<void>
}
export interface NoticeAddresses {
  /** Domains of mail that the management unit allows. */
  readonly domains: readonly string[]
  sendCode(address: string, code: string, signal: AbortSignal): Promise<void>
}

/** The other side said no for good: asking again would change nothing. */
export class NotDeliverable extends Error {
  override readonly name = 'NotDeliverable'
}

export interface NotificationDeps {
  readonly clock: Clock
  /** Ways out of the product. Inside, a notice is there when its act is. */
  readonly channels: readonly NoticeChannel[]
  readonly secretKey: Uint8Array
}

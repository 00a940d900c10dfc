/** A notice on its way out. It says what happened to which object, never what is in the object (RL-22). */
export interface OutgoingNotice {
  /** The same on every attempt: a channel that passes it on lets the receiver drop what comes twice. */
  readonly id: string
  readonly personId: string
  readonly kind: string
  readonly object: string
  readonly params: Readonly<Record<string, string | number>>
}

/**
 * A way out of the product (mail, webhook); only channels that the management unit allows are wired (RL-22). It is asked after the
 * commit, at least once, again while it throws and the attempts last. The signal ends the attempt; what goes on afterwards is lost.
 */
export interface NoticeChannel {
  readonly name: string
  deliver(notice: OutgoingNotice, signal: AbortSignal): Promise<void>
}

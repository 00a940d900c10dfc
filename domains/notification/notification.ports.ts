/** A way out of the product (mail, webhook). It is asked after the commit, with rows that exist; only channels that the management unit allows are wired (RL-22). */
export interface NoticeChannel {
  readonly name: string
  deliver(notice: {
    id: string
    personId: string
    kind: string
    object: string
    params: Readonly<Record<string, string | number>>
  }): Promise<void>
}

import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** What a person may have sent to them outside the product, and how an address is proved to be theirs. */

export const codeMs = 600_000
export const codePauseMs = 60_000
export const codeFailuresMax = 5

export const notificationRefusals = {
  'notification.channel_not_found': { status: 404, rule: 'RL-22' },
  'notification.address_not_allowed': { status: 422, rule: 'RL-22' },
  'notification.address_unproved': { status: 409, rule: 'RL-22' },
  'notification.address_unneeded': { status: 422 },
  'notification.address_unreached': { status: 422 },
  'notification.code_too_soon': { status: 429 },
  'notification.code_over': { status: 409 },
  'notification.code_wrong': { status: 422 },
} as const satisfies RefusalTable
export type NotificationRefusal = keyof typeof notificationRefusals

/** What is known of a channel without its wire. */
export interface ChannelTerms {
  readonly addresses?: { readonly domains: readonly string[] }
}

/** An address of plain characters, in a domain that the management unit allows; its subdomains are other domains. */
export function addressRefusal({ addresses }: ChannelTerms, address: string): NotificationRefusal | undefined {
  if (!addresses) return 'notification.address_unneeded'
  const domain = /^[a-z0-9._+-]{1,64}@([a-z0-9.-]{1,189})$/i.exec(address)?.[1]?.toLowerCase()
  return domain !== undefined && addresses.domains.includes(domain) ? undefined : 'notification.address_not_allowed'
}

/** Why nothing is sent to a person on a channel, or why they cannot choose it. */
export function chooseRefusal(channel: ChannelTerms, address: string | null): NotificationRefusal | undefined {
  if (!channel.addresses) return undefined
  return address === null ? 'notification.address_unproved' : addressRefusal(channel, address)
}
export const isUnwanted = (channel: ChannelTerms, choice: { chosen: boolean; address: string | null }): boolean =>
  !choice.chosen || chooseRefusal(channel, choice.address) !== undefined

export const newCodeRefusal = (sentAt: Date | null, now: Date): NotificationRefusal | undefined =>
  sentAt && now.getTime() - sentAt.getTime() < codePauseMs ? 'notification.code_too_soon' : undefined

/** Whether a code may still be tried; whether it is the right one is another question. */
export const codeRefusal = (sent: { code_at: Date | null; code_failures: number }, now: Date): NotificationRefusal | undefined =>
  !sent.code_at || now.getTime() - sent.code_at.getTime() > codeMs || sent.code_failures >= codeFailuresMax
    ? 'notification.code_over'
    : undefined

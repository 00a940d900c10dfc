import { readFileSync } from 'node:fs'
import type { NoticeChannel } from '@huabiao/domains/notification/notification.module'
import { contentClasses } from '@huabiao/domains/notification/notification-message.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { networksOf } from '@huabiao/kit/net/reach'
import { z } from 'zod'
import { mailChannel } from './mail-channel.ts'
import { webhookChannel } from './webhook-channel.ts'

const Host = z.hostname().toLowerCase()
const ChannelName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/)
const SecretFile = z.string().startsWith('/')
/** The least that a channel may carry, unless the management unit says more. */
const Carries = z.enum(contentClasses).default('title')

/** The channels that the management unit allows (RL-22, S3-9.1.1-06). Secrets stand in files of their own, never here. */
export const ChannelsConfig = z
  .strictObject({
    hosts: z.array(Host).max(100),
    /** Networks of the deployment's own that are not public and may be connected to all the same. */
    networks: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .max(100)
      .default([]),
    mail: z
      .strictObject({
        name: ChannelName.default('mail'),
        carries: Carries,
        host: Host,
        port: z.number().int().min(1).max(65_535),
        tls: z.enum(['implicit', 'starttls']),
        from: z.email(),
        domains: z.array(Host).min(1).max(100),
        user: z.strictObject({ name: z.string().max(200), passwordFile: SecretFile }).optional(),
        caFile: z.string().startsWith('/').optional(),
      })
      .optional(),
    webhooks: z
      .array(
        z.strictObject({
          name: ChannelName,
          carries: Carries,
          url: z.url({ protocol: /^https$/ }).max(500),
          keyId: ChannelName,
          keyFile: SecretFile,
          caFile: z.string().startsWith('/').optional(),
        }),
      )
      .max(20)
      .default([]),
  })
  .refine(({ mail, webhooks }) => new Set([mail?.name, ...webhooks.map((one) => one.name)]).size === webhooks.length + 1, {
    error: 'two channels of one name',
  })
export type ChannelsConfig = z.infer<typeof ChannelsConfig>

/** Reads the secrets and wires the channels. What is not allowed stops the start: it must not silently be no channel. */
export function channelsOf(config: ChannelsConfig, clock: Clock): NoticeChannel[] {
  const places = { hosts: config.hosts, networks: networksOf(config.networks) }
  const text = (file: string | undefined): string | undefined => (file === undefined ? undefined : readFileSync(file, 'utf8'))
  const { mail } = config
  const user = mail?.user && { name: mail.user.name, password: text(mail.user.passwordFile)!.replace(/\r?\n$/, '') }
  return [
    ...(mail ? [mailChannel({ ...mail, user, ca: text(mail.caFile) }, places)] : []),
    ...config.webhooks.map(({ keyFile, caFile, ...webhook }) => {
      const key = Buffer.from(text(keyFile)!.trim(), 'hex')
      if (key.length < 32) throw new Error(`channel ${webhook.name}: its key is 32 bytes or more, in hexadecimal`)
      return webhookChannel({ ...webhook, key, ca: text(caFile) }, places, clock)
    }),
  ]
}

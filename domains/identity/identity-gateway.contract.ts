import { endpoint, Instant, Label, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { Code, Login, Password } from './identity.contract.ts'
import { locales } from './identity.model.ts'

/** The SSH gateway checked the signature (or carries the password) and asks for a session of the person. */
export const gatewayLogon = endpoint({
  name: 'gatewayLogon',
  method: 'POST',
  path: '/api/v1/gateway/logon',
  permission: 'service:gateway',
  summary: '网关登录 / Logon at the gateway',
  body: z.object({
    door: z.literal('ssh'),
    sourceIp: z.union([z.ipv4(), z.ipv6()]),
    login: Login,
    first: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('publickey'), fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/) }),
      z.object({ kind: z.literal('password'), password: Password }),
    ]),
    totp: Code,
  }),
  response: z.object({
    token: Label,
    personId: Uuid,
    personName: Label,
    locale: z.enum(locales),
    expiresAt: Instant,
  }),
  refusals: ['identity.logon_refused', 'identity.locked', 'identity.too_many_attempts', 'identity.terminal_unregistered'],
})

import { LogonChallenge, Password } from '@huabiao/domains/identity/identity.contract'
import { endpoint, Label, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Logon at a unit's own source. It takes the place of the password; our second factor is asked afterwards, always. */
export const listLogonSources = endpoint({
  name: 'listLogonSources',
  method: 'GET',
  path: '/api/v1/logon/sources',
  permission: 'public',
  summary: '可用身份源 / Sources to log on by',
  response: z.object({
    items: z.array(z.object({ id: Uuid, kind: z.enum(['oidc', 'ldap']), name: Label, unitZh: Label, unitEn: Label })).max(50),
  }),
})
/** Answers where the browser goes; sets the cookie `hb_flow`, without which the way back leads nowhere. */
export const beginOidc = endpoint({
  name: 'beginOidc',
  method: 'POST',
  path: '/api/v1/logon/oidc/begin',
  permission: 'public',
  summary: '外部登录 / Begin a logon at a provider',
  body: z.object({ sourceId: Uuid }),
  response: z.object({ url: z.string().max(4000) }),
  refusals: [
    'federation.source_not_found',
    'federation.secret_missing',
    'federation.host_not_allowed',
    'identity.too_many_attempts',
  ],
})
const Param = z.string().min(1).max(2000)
export const completeOidc = endpoint({
  name: 'completeOidc',
  method: 'POST',
  path: '/api/v1/logon/oidc/complete',
  permission: 'public',
  summary: '外部登录返回 / Come back from a provider',
  body: z.object({ state: Param, code: Param.optional(), iss: Param.optional(), error: Param.optional() }),
  response: LogonChallenge.extend({ login: Label }),
  refusals: [
    'federation.flow_expired',
    'federation.provider_refused',
    'federation.not_bound',
    'federation.logon_refused',
    'federation.training_invalid',
    'federation.secret_missing',
    'federation.host_not_allowed',
    'identity.locked',
    'identity.too_many_attempts',
  ],
})
export const logonDirectory = endpoint({
  name: 'logonDirectory',
  method: 'POST',
  path: '/api/v1/logon/directory',
  permission: 'public',
  summary: '目录登录 / Log on by directory',
  body: z.object({
    sourceId: Uuid,
    login: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u),
    /** Empty is refused by its own name: directories take it for an anonymous bind and say yes. */
    password: Password.or(z.literal('')),
  }),
  response: LogonChallenge.extend({ login: Label }),
  refusals: [
    'federation.source_not_found',
    'federation.secret_missing',
    'federation.host_not_allowed',
    'federation.password_empty',
    'federation.not_bound',
    'federation.logon_refused',
    'federation.training_invalid',
    'identity.locked',
    'identity.too_many_attempts',
  ],
})

import { doors, parties } from '@huabiao/kit/actor/actor'
import { endpoint, Instant, jsonOf, Label, Name, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { locales, secondFactors } from './identity.model.ts'

/** A login name; anything else (NT-A06: line breaks, NUL, RTL marks, `$(…)`) is refused before any look-up. */
export const Login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z][a-z0-9]([a-z0-9._-]{0,36}[a-z0-9])?$/)
export const Password = z.string().min(1).max(200)
export const Code = z.string().regex(/^\d{6}$/)
/** Opaque: what the first factor answers and the second must bring back. */
export const ChallengeToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
/** Options and responses of the browser's WebAuthn API in their JSON form; checked by the library, not here. */
const WebAuthnJson = jsonOf(64 * 1024)

const factorRefusals = [
  'identity.challenge_expired',
  'identity.code_wrong',
  'identity.locked',
  'identity.too_many_attempts',
  'identity.terminal_unregistered',
] as const

export const Me = z.object({
  person: z.object({ id: Uuid, name: Label, nameEn: Label }),
  account: z.object({ id: Uuid, login: Label, notAfter: Instant.nullable() }),
  tenant: z.object({ id: Uuid, nameZh: Label, nameEn: Label, party: z.enum(parties) }),
  roles: z.array(Label).max(50),
  role: Label.nullable(),
  /** Permissions that are allowed now, for buttons; the server asks again. */
  actions: z.array(Label).max(500),
  mfaAt: Instant.nullable(),
  trainingValidUntil: z.iso.date().nullable(),
  locale: z.enum(locales),
  terminal: z.object({ id: Uuid, name: Label }).nullable(),
  door: z.enum(doors),
  /** While true, only the password can be changed: every other call answers `identity.password_change_required`. */
  mustChangePassword: z.boolean(),
  passwordExpiresAt: Instant.nullable(),
  sessionExpiresAt: Instant,
})
export type Me = z.infer<typeof Me>

/** The first factor was right. `factors` is empty on a first logon: enrol with `logon/totp/enrol`, then confirm with `logon/totp`. */
export const LogonChallenge = z.object({
  challenge: ChallengeToken,
  factors: z.array(z.enum(secondFactors)).max(secondFactors.length),
  mustChange: z.boolean(),
  expiresAt: Instant,
})
export type LogonChallenge = z.infer<typeof LogonChallenge>
/** A browser gets the cookie `hb_session`; a client that sends `x-huabiao-client: cli` gets the token instead. */
export const LoggedOn = z.object({ token: Label.nullable(), me: Me })

/** What a logon page must know before anybody is known: under which address and name which proof can be given. */
export const getLogonWays = endpoint({
  name: 'getLogonWays',
  method: 'GET',
  path: '/api/v1/logon/ways',
  permission: 'public',
  summary: '登录方式 / Ways to log on',
  response: z.object({
    /** The one address people type. */
    url: z.string().max(500),
    /** The host name that security keys are bound to; a browser refuses them everywhere else. */
    securityKeyName: Label,
    /** Where TLS asks for client certificates; null where nothing does. */
    certificateUrl: z.string().max(500).nullable(),
  }),
})
export const logonPassword = endpoint({
  name: 'logonPassword',
  method: 'POST',
  path: '/api/v1/logon/password',
  permission: 'public',
  summary: '口令登录 / Log on by password',
  body: z.object({ login: Login, password: Password }),
  response: LogonChallenge,
  refusals: ['identity.logon_refused', 'identity.locked', 'identity.too_many_attempts'],
})
/** The TLS client certificate takes the place of the password; the second factor is still asked. */
export const logonCertificate = endpoint({
  name: 'logonCertificate',
  method: 'POST',
  path: '/api/v1/logon/certificate',
  permission: 'public',
  summary: '证书登录 / Log on by certificate',
  response: LogonChallenge.extend({ login: Label }),
  refusals: ['identity.certificate_missing', 'identity.certificate_refused', 'identity.locked', 'identity.too_many_attempts'],
})
/** Only while the account has no second factor at all. `uri` is for the QR code of an authenticator application. */
export const logonEnrolTotp = endpoint({
  name: 'logonEnrolTotp',
  method: 'POST',
  path: '/api/v1/logon/totp/enrol',
  permission: 'public',
  summary: '首次登记动态口令 / Enrol at first logon',
  body: z.object({ challenge: ChallengeToken }),
  response: z.object({ secret: Label, uri: Label }),
  refusals: ['identity.challenge_expired', 'identity.factor_missing'],
})
export const logonTotp = endpoint({
  name: 'logonTotp',
  method: 'POST',
  path: '/api/v1/logon/totp',
  permission: 'public',
  summary: '动态口令 / Second factor by code',
  body: z.object({ challenge: ChallengeToken, code: Code }),
  response: LoggedOn,
  refusals: [...factorRefusals],
})
export const logonWebAuthnOptions = endpoint({
  name: 'logonWebAuthnOptions',
  method: 'POST',
  path: '/api/v1/logon/webauthn/options',
  permission: 'public',
  summary: '安全密钥选项 / Security key options',
  body: z.object({ challenge: ChallengeToken }),
  response: z.object({ options: WebAuthnJson }),
  refusals: ['identity.challenge_expired', 'identity.factor_missing'],
})
export const logonWebAuthn = endpoint({
  name: 'logonWebAuthn',
  method: 'POST',
  path: '/api/v1/logon/webauthn/verify',
  permission: 'public',
  summary: '安全密钥 / Second factor by security key',
  body: z.object({ challenge: ChallengeToken, response: WebAuthnJson }),
  response: LoggedOn,
  refusals: [...factorRefusals, 'identity.key_refused'],
})
export const logoff = endpoint({
  name: 'logoff',
  method: 'POST',
  path: '/api/v1/logoff',
  permission: 'self',
  summary: '退出 / Log off',
  response: z.object({}),
})

/** Proves the second factor again (step-up, RL-21); the answer carries the fresh `mfaAt`. */
export const stepUp = endpoint({
  name: 'stepUp',
  method: 'POST',
  path: '/api/v1/step-up',
  permission: 'self',
  summary: '再次验证 / Step up by code',
  body: z.object({ code: Code }),
  response: z.object({ mfaAt: Instant }),
  refusals: ['identity.code_wrong', 'identity.locked', 'identity.too_many_attempts', 'identity.factor_missing'],
})
export const stepUpWebAuthnOptions = endpoint({
  name: 'stepUpWebAuthnOptions',
  method: 'POST',
  path: '/api/v1/step-up/webauthn/options',
  permission: 'self',
  summary: '再次验证选项 / Step-up options',
  response: z.object({ challenge: ChallengeToken, options: WebAuthnJson }),
  refusals: ['identity.factor_missing'],
})
export const stepUpWebAuthn = endpoint({
  name: 'stepUpWebAuthn',
  method: 'POST',
  path: '/api/v1/step-up/webauthn/verify',
  permission: 'self',
  summary: '安全密钥再次验证 / Step up by security key',
  body: z.object({ challenge: ChallengeToken, response: WebAuthnJson }),
  response: z.object({ mfaAt: Instant }),
  refusals: ['identity.challenge_expired', 'identity.key_refused', 'identity.locked', 'identity.too_many_attempts'],
})

export const getMe = endpoint({
  name: 'getMe',
  method: 'GET',
  path: '/api/v1/me',
  permission: 'self',
  summary: '我 / Who I am',
  response: Me,
})
/** Ends all other sessions of the account. */
export const changePassword = endpoint({
  name: 'changePassword',
  method: 'POST',
  path: '/api/v1/me/password',
  permission: 'self',
  summary: '修改口令 / Change password',
  body: z.object({ current: Password, next: Password }),
  response: Me,
  refusals: [
    'identity.password_wrong',
    'identity.locked',
    'identity.too_many_attempts',
    'identity.password_too_short',
    'identity.password_too_simple',
    'identity.password_contains_name',
    'identity.password_common',
    'identity.password_reused',
    'identity.password_too_young',
  ],
})
/** A new authenticator beside the old one: it replaces the old one when its first code is confirmed. Needs a fresh second factor. */
export const enrolTotp = endpoint({
  name: 'enrolTotp',
  method: 'POST',
  path: '/api/v1/me/totp',
  permission: 'self',
  danger: 4,
  summary: '更换动态口令 / Enrol an authenticator',
  response: z.object({ secret: Label, uri: Label }),
})
export const confirmTotp = endpoint({
  name: 'confirmTotp',
  method: 'POST',
  path: '/api/v1/me/totp/confirm',
  permission: 'self',
  danger: 4,
  summary: '确认动态口令 / Confirm the authenticator',
  body: z.object({ code: Code }),
  response: z.object({ enrolledAt: Instant }),
  refusals: ['identity.code_wrong', 'identity.factor_missing', 'identity.locked', 'identity.too_many_attempts'],
})

const Credential = z.object({ id: Uuid, name: Label, createdAt: Instant, lastUsedAt: Instant.nullable() })
export const SecurityKey = Credential.extend({ aaguid: Label, backedUp: z.boolean() })
export const SshKey = Credential.extend({ type: Label, fingerprint: Label })
const credentialParams = z.object({ credentialId: Uuid })

/** Second factors and keys of one's own. */
export const listMyFactors = endpoint({
  name: 'listMyFactors',
  method: 'GET',
  path: '/api/v1/me/factors',
  permission: 'self',
  summary: '我的验证方式 / My factors',
  response: z.object({
    totpEnrolledAt: Instant.nullable(),
    securityKeys: z.array(SecurityKey).max(20),
    sshKeys: z.array(SshKey).max(20),
    certificates: z
      .array(z.object({ id: Uuid, subject: Label, fingerprint: Label, notAfter: Instant, createdAt: Instant }))
      .max(20),
  }),
})
export const webAuthnOptions = endpoint({
  name: 'webAuthnOptions',
  method: 'POST',
  path: '/api/v1/me/webauthn/options',
  permission: 'self',
  danger: 4,
  summary: '登记安全密钥选项 / Security key registration options',
  response: z.object({ challenge: ChallengeToken, options: WebAuthnJson }),
  refusals: ['identity.too_many_keys'],
})
export const addWebAuthn = endpoint({
  name: 'addWebAuthn',
  method: 'POST',
  path: '/api/v1/me/webauthn',
  permission: 'self',
  danger: 4,
  summary: '登记安全密钥 / Register a security key',
  body: z.object({ challenge: ChallengeToken, name: Name, response: WebAuthnJson }),
  response: SecurityKey,
  refusals: ['identity.challenge_expired', 'identity.key_refused', 'identity.key_taken', 'identity.too_many_keys'],
})
export const removeWebAuthn = endpoint({
  name: 'removeWebAuthn',
  method: 'DELETE',
  path: '/api/v1/me/webauthn/:credentialId',
  permission: 'self',
  danger: 4,
  summary: '移除安全密钥 / Remove a security key',
  params: credentialParams,
  response: z.object({}),
  refusals: ['credential.not_found', 'identity.last_factor'],
})
/** `publicKey` is one line of an OpenSSH public key file: ed25519, ecdsa, or rsa of at least 3072 bits. */
export const addSshKey = endpoint({
  name: 'addSshKey',
  method: 'POST',
  path: '/api/v1/me/ssh-keys',
  permission: 'self',
  danger: 4,
  summary: '登记 SSH 公钥 / Add an SSH key',
  body: z.object({ name: Name, publicKey: z.string().trim().max(4000) }),
  response: SshKey,
  refusals: ['identity.key_weak', 'identity.key_taken', 'identity.too_many_keys'],
})
export const removeSshKey = endpoint({
  name: 'removeSshKey',
  method: 'DELETE',
  path: '/api/v1/me/ssh-keys/:credentialId',
  permission: 'self',
  danger: 4,
  summary: '移除 SSH 公钥 / Remove an SSH key',
  params: credentialParams,
  response: z.object({}),
  refusals: ['credential.not_found'],
})

export const terminalStatuses = ['requested', 'approved', 'revoked'] as const
/** A registered terminal (运维终端): a browser known by its cookie, or a network of the unit. */
export const TerminalView = z.object({
  id: Uuid,
  tenantId: Uuid,
  personId: Uuid.nullable(),
  personName: Label.nullable(),
  name: Label,
  kind: z.enum(['browser', 'network']),
  cidr: Label.nullable(),
  status: z.enum(terminalStatuses),
  requestedAt: Instant,
  decidedByName: Label.nullable(),
  decidedAt: Instant.nullable(),
  current: z.boolean(),
})
export type TerminalView = z.infer<typeof TerminalView>
export const listMyTerminals = endpoint({
  name: 'listMyTerminals',
  method: 'GET',
  path: '/api/v1/me/terminals',
  permission: 'self',
  summary: '我的终端 / My terminals',
  response: z.object({ items: z.array(TerminalView).max(100) }),
})
/** Asks that this browser become a registered terminal; sets the cookie `hb_terminal`. Somebody with `terminal:manage` approves. */
export const requestTerminal = endpoint({
  name: 'requestTerminal',
  method: 'POST',
  path: '/api/v1/me/terminals',
  permission: 'self',
  summary: '申请登记本终端 / Register this terminal',
  body: z.object({ name: Name }),
  response: TerminalView,
  refusals: ['identity.too_many_keys'],
})
/** One active role at a time (anchors/bastion.md §6); null wears none. */
export const wearRole = endpoint({
  name: 'wearRole',
  method: 'PUT',
  path: '/api/v1/me/role',
  permission: 'self',
  summary: '切换角色 / Wear a role',
  body: z.object({ role: z.string().max(40).nullable() }),
  response: Me,
  refusals: ['identity.role_not_held'],
})
export const setLocale = endpoint({
  name: 'setLocale',
  method: 'PUT',
  path: '/api/v1/me/locale',
  permission: 'self',
  summary: '界面语言 / Language',
  body: z.object({ locale: z.enum(locales) }),
  response: z.object({ locale: z.enum(locales) }),
})

import { endpoint, Instant, Label, Name, PageQuery, Prose, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { Login, TerminalView, terminalStatuses } from './identity.contract.ts'
import { accountStatuses, secondFactors } from './identity.model.ts'
import { LogonSessionView } from './identity-session.contract.ts'

/** Administration of accounts. It makes accounts without rights; rights are granted elsewhere, by others (S10). */
export const AccountView = z.object({
  id: Uuid,
  tenantId: Uuid,
  unitName: Label,
  personId: Uuid,
  personName: Label,
  login: Label,
  status: z.enum(accountStatuses),
  lockedUntil: Instant.nullable(),
  notAfter: Instant.nullable(),
  mustChangePassword: z.boolean(),
  factors: z.array(z.enum(secondFactors)).max(secondFactors.length),
  lastLogonAt: Instant.nullable(),
  /** Until then this account may come from a terminal that is not registered (RL-20). */
  terminalExemptUntil: Instant.nullable(),
  /** Recovery takes a platform administrator and a security administrator (NT-A14). */
  privileged: z.boolean(),
  createdAt: Instant,
})
export type AccountView = z.infer<typeof AccountView>
const accountParams = z.object({ accountId: Uuid })
/** Shown once, never stored in clear; it must be changed at the first logon. */
const OneTimePassword = Label

export const listAccounts = endpoint({
  name: 'listAccounts',
  method: 'GET',
  path: '/api/v1/accounts',
  permission: 'account:read',
  summary: '账号 / Accounts',
  query: PageQuery.extend({
    text: z.string().trim().max(100).optional(),
    tenantId: Uuid.optional(),
    status: z.enum(accountStatuses).optional(),
  }),
  response: pageOf(AccountView),
})
/** For a person with valid training only (RL-24). `notAfter` ends the account by itself. */
export const createAccount = endpoint({
  name: 'createAccount',
  method: 'POST',
  path: '/api/v1/accounts',
  permission: 'account:manage',
  danger: 3,
  summary: '开通账号 / Create an account',
  body: z.object({ personId: Uuid, login: Login, notAfter: Instant.optional() }),
  response: z.object({ account: AccountView, oneTimePassword: OneTimePassword }),
  refusals: [
    'person.not_found',
    'identity.training_invalid',
    'identity.login_taken',
    'identity.person_has_account',
    'identity.not_yours',
  ],
})
const change = <N extends string>(name: N, verb: string, summary: string) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/accounts/:accountId/${verb}`,
    permission: 'account:manage',
    danger: 3,
    resource: 'account/:accountId',
    summary,
    params: accountParams,
    body: z.object({ reason: ShortNote }),
    response: AccountView,
    refusals: ['account.not_found', 'identity.own_account', 'identity.not_yours'],
  })
/** Ends every session of the account at once. */
export const disableAccount = change('disableAccount', 'disable', '停用账号 / Disable')
export const enableAccount = change('enableAccount', 'enable', '启用账号 / Enable')
export const unlockAccount = change('unlockAccount', 'unlock', '解除锁定 / Unlock')
/** Ends every session of the account at once and leaves it usable. */
export const revokeSessions = change('revokeSessions', 'revoke-sessions', '强制下线 / End sessions')

export const listAccountSessions = endpoint({
  name: 'listAccountSessions',
  method: 'GET',
  path: '/api/v1/accounts/:accountId/sessions',
  permission: 'account:read',
  resource: 'account/:accountId',
  summary: '账号的登录会话 / Logon sessions of an account',
  params: accountParams,
  response: z.object({ items: z.array(LogonSessionView).max(100) }),
  refusals: ['account.not_found', 'identity.not_yours'],
})
/** Lets somebody in from a terminal that is not registered, for a day at most: to register it, or in need (RL-20). */
export const exemptTerminal = endpoint({
  name: 'exemptTerminal',
  method: 'POST',
  path: '/api/v1/accounts/:accountId/exempt-terminal',
  permission: 'account:manage',
  danger: 3,
  resource: 'account/:accountId',
  summary: '终端豁免 / Exempt from terminal registration',
  params: accountParams,
  body: z.object({ reason: ShortNote, hours: z.number().int().min(1).max(24).default(24) }),
  response: AccountView,
  refusals: ['account.not_found', 'identity.own_account', 'identity.not_yours'],
})

/** `state` is `awaiting-second` for a privileged account: nothing happened yet, the other administrator must confirm. */
const Recovery = z.object({
  state: z.enum(['done', 'awaiting-second']),
  recoveryId: Uuid.nullable(),
  oneTimePassword: OneTimePassword.nullable(),
})
const recoveryRefusals = [
  'account.not_found',
  'identity.own_account',
  'identity.not_yours',
  'identity.second_person_required',
] as const
export const resetPassword = endpoint({
  name: 'resetPassword',
  method: 'POST',
  path: '/api/v1/accounts/:accountId/reset-password',
  permission: 'account:manage',
  danger: 4,
  resource: 'account/:accountId',
  summary: '重置口令 / Reset password',
  params: accountParams,
  body: z.object({ reason: ShortNote }),
  response: Recovery,
  refusals: [...recoveryRefusals],
})
/** Removes authenticator and security keys; the next logon enrols anew. */
export const resetFactors = endpoint({
  name: 'resetFactors',
  method: 'POST',
  path: '/api/v1/accounts/:accountId/reset-factors',
  permission: 'account:manage',
  danger: 4,
  resource: 'account/:accountId',
  summary: '重置第二因子 / Reset second factor',
  params: accountParams,
  body: z.object({ reason: ShortNote }),
  response: Recovery,
  refusals: [...recoveryRefusals],
})
export const listRecoveries = endpoint({
  name: 'listRecoveries',
  method: 'GET',
  path: '/api/v1/account-recoveries',
  permission: 'account:recover',
  summary: '待第二人确认的恢复 / Recoveries awaiting a second person',
  response: z.object({
    items: z
      .array(
        z.object({
          id: Uuid,
          accountId: Uuid,
          login: Label,
          personName: Label,
          kind: z.enum(['password', 'factors']),
          reason: Prose,
          requestedByName: Label,
          requestedAt: Instant,
          expiresAt: Instant,
        }),
      )
      .max(100),
  }),
})
/** The second of the two administrators; the roles worn must be PAD and SEC, one each. */
export const confirmRecovery = endpoint({
  name: 'confirmRecovery',
  method: 'POST',
  path: '/api/v1/account-recoveries/:recoveryId/confirm',
  permission: 'account:recover',
  danger: 4,
  summary: '确认恢复 / Confirm a recovery',
  params: z.object({ recoveryId: Uuid }),
  response: Recovery,
  refusals: ['recovery.not_found', 'identity.own_account', 'identity.second_person_required'],
})

export const listTerminals = endpoint({
  name: 'listTerminals',
  method: 'GET',
  path: '/api/v1/terminals',
  permission: 'terminal:manage',
  summary: '终端登记 / Terminals',
  query: PageQuery.extend({ status: z.enum(terminalStatuses).optional() }),
  response: pageOf(TerminalView),
})
/** A network of the unit whose machines count as registered. */
export const addTerminalNetwork = endpoint({
  name: 'addTerminalNetwork',
  method: 'POST',
  path: '/api/v1/terminals',
  permission: 'terminal:manage',
  danger: 3,
  summary: '登记终端网段 / Register a terminal network',
  body: z.object({ name: Name, cidr: z.union([z.cidrv4(), z.cidrv6()]) }),
  response: TerminalView,
  refusals: ['identity.terminal_invalid'],
})
const decideTerminal = <N extends string>(name: N, verb: string, summary: string) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/terminals/:terminalId/${verb}`,
    permission: 'terminal:manage',
    danger: 3,
    resource: 'terminal/:terminalId',
    summary,
    params: z.object({ terminalId: Uuid }),
    response: TerminalView,
    refusals: ['terminal.not_found', 'identity.own_terminal'],
  })
export const approveTerminal = decideTerminal('approveTerminal', 'approve', '批准终端 / Approve a terminal')
export const revokeTerminal = decideTerminal('revokeTerminal', 'revoke', '撤销终端 / Revoke a terminal')

export const CertificateView = z.object({
  id: Uuid,
  accountId: Uuid,
  subject: Label,
  fingerprint: Label,
  notAfter: Instant,
  createdAt: Instant,
})
export const listCertificates = endpoint({
  name: 'listCertificates',
  method: 'GET',
  path: '/api/v1/accounts/:accountId/certificates',
  permission: 'account:read',
  summary: '客户端证书 / Client certificates',
  resource: 'account/:accountId',
  params: accountParams,
  response: z.object({ items: z.array(CertificateView).max(20) }),
  refusals: ['account.not_found'],
})
/** `certificate` is PEM. Its chain is checked by TLS at logon; here it is only tied to the account. */
export const bindCertificate = endpoint({
  name: 'bindCertificate',
  method: 'POST',
  path: '/api/v1/accounts/:accountId/certificates',
  permission: 'account:manage',
  danger: 4,
  resource: 'account/:accountId',
  summary: '绑定客户端证书 / Bind a client certificate',
  params: accountParams,
  body: z.object({ certificate: z.string().max(16_384) }),
  response: CertificateView,
  refusals: [
    'account.not_found',
    'identity.own_account',
    'identity.certificate_invalid',
    'identity.certificate_revoked',
    'identity.key_taken',
    'identity.too_many_keys',
    'identity.not_yours',
  ],
})
export const revokeCertificate = endpoint({
  name: 'revokeCertificate',
  method: 'DELETE',
  path: '/api/v1/accounts/:accountId/certificates/:credentialId',
  permission: 'account:manage',
  danger: 3,
  resource: 'account/:accountId',
  summary: '解除客户端证书 / Unbind a client certificate',
  params: accountParams.extend({ credentialId: Uuid }),
  response: z.object({}),
  refusals: ['account.not_found', 'credential.not_found', 'identity.not_yours'],
})

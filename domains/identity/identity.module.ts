import { createHmac } from 'node:crypto'
import type { Actor, Door } from '@huabiao/kit/actor/actor'
import { passwordHasher } from '@huabiao/kit/crypto/password'
import { sealer } from '@huabiao/kit/crypto/seal'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { handle, handleStaged, look, type Route, type Visitor } from '@huabiao/kit/http/route'
import type { FastifyRequest } from 'fastify'
import * as contract from './identity.contract.ts'
import type { IdentityDeps, IdentityKit } from './identity.ports.ts'
import { findHolder } from './identity.store.ts'
import * as admin from './identity-account.contract.ts'
import { accountService } from './identity-account.service.ts'
import { gatewayLogon } from './identity-gateway.contract.ts'
import { logonService } from './identity-logon.service.ts'
import { selfService } from './identity-self.service.ts'
import * as mySessions from './identity-session.contract.ts'
import { authenticator, openSession } from './identity-session.service.ts'
import { terminalService } from './identity-terminal.service.ts'
import { webAuthnService } from './identity-webauthn.service.ts'

export type { IdentityDeps } from './identity.ports.ts'
export { closeAccount, endLogons, reopenAccount, suspendAccount } from './identity-leave.service.ts'

export interface TokenOf {
  accountId: string
  personId: string
  tenantId: string
  door: Door
  sourceIp: string
  mfaAt: Date | null
  ttlMs: number
}
export function identityModule(deps: IdentityDeps): {
  routes: Route[]
  authenticate(request: FastifyRequest, visitor: Visitor): Promise<Actor | undefined>
  issueToken(tx: Tx, of: TokenOf): Promise<string>
  localeOf(tx: ReadTx, accountId: string): Promise<'zh-CN' | 'en'>
  /** For sources of identity (federation). */
  external: ReturnType<typeof logonService>['external']
} {
  const url = new URL(deps.origin)
  const kit: IdentityKit = {
    ...deps,
    hasher: passwordHasher(),
    seal: sealer(deps.secretKey, 'totp'),
    rp: {
      id: url.hostname,
      name: '华表 Huabiao',
      origins: [deps.origin, ...(deps.certificateOrigin ? [deps.certificateOrigin] : [])],
    },
    blind: (text) => createHmac('sha256', deps.secretKey).update(text).digest('hex'),
  }
  const logon = logonService(kit)
  const self = selfService(kit)
  const keys = webAuthnService(kit)
  const accounts = accountService(kit)
  const terminals = terminalService(kit)
  return {
    authenticate: authenticator(kit),
    external: logon.external,
    issueToken: async (tx, of) => {
      const { ttlMs, ...rest } = of
      const { roles } = await kit.rolesOf(tx, of.personId)
      const role = roles.length === 1 ? roles[0]! : null
      return (await openSession(tx, kit, { ...rest, ttlMs, terminalId: undefined, role, firstFactor: 'ticket' })).token
    },
    localeOf: async (tx, accountId) => (await findHolder(tx, accountId))?.locale ?? 'zh-CN',
    routes: [
      look(contract.getLogonWays, async () => ({
        view: { url: deps.origin, securityKeyName: kit.rp.id, certificateUrl: deps.certificateOrigin ?? null },
      })),
      handleStaged(contract.logonPassword, logon.password),
      handleStaged(contract.logonCertificate, (stages) => logon.certificate(stages)),
      handleStaged(contract.logonEnrolTotp, logon.enrolTotp),
      handleStaged(contract.logonTotp, logon.totp),
      handleStaged(contract.logonWebAuthnOptions, logon.webAuthnOptions),
      handleStaged(contract.logonWebAuthn, logon.webAuthn),
      handleStaged(gatewayLogon, logon.gateway),
      handle(contract.logoff, self.logoff),
      handleStaged(contract.stepUp, self.stepUp),
      handle(contract.stepUpWebAuthnOptions, (tx, actor) => keys.stepUpOptions(tx, actor)),
      handleStaged(contract.stepUpWebAuthn, keys.stepUp),
      look(contract.getMe, self.me),
      handleStaged(contract.changePassword, self.changePassword),
      handle(contract.enrolTotp, (tx, actor) => self.enrolTotp(tx, actor)),
      handleStaged(contract.confirmTotp, self.confirmTotp),
      look(contract.listMyFactors, self.factors),
      handle(contract.webAuthnOptions, (tx, actor) => keys.registrationOptions(tx, actor)),
      handle(contract.addWebAuthn, keys.register),
      handle(contract.removeWebAuthn, keys.remove),
      handle(contract.addSshKey, self.addSshKey),
      handle(contract.removeSshKey, self.removeSshKey),
      look(mySessions.listMySessions, self.sessions),
      handle(mySessions.endMySession, self.endSession),
      look(contract.listMyTerminals, self.terminals),
      handle(contract.requestTerminal, self.requestTerminal),
      handle(contract.wearRole, self.wearRole),
      handle(contract.setLocale, self.setLocale),
      look(admin.listAccounts, (tx, _actor, input) => accounts.list(tx, input)),
      handleStaged(admin.createAccount, accounts.create),
      handle(admin.disableAccount, (tx, actor, { params, body }) =>
        accounts.setStatus(tx, actor, params.accountId, 'disabled', body.reason),
      ),
      handle(admin.enableAccount, (tx, actor, { params, body }) =>
        accounts.setStatus(tx, actor, params.accountId, 'active', body.reason),
      ),
      handle(admin.unlockAccount, (tx, actor, { params, body }) => accounts.unlock(tx, actor, params.accountId, body.reason)),
      handle(admin.revokeSessions, (tx, actor, { params, body }) =>
        accounts.endSessions(tx, actor, params.accountId, body.reason),
      ),
      look(admin.listAccountSessions, (tx, actor, { params }) => accounts.sessions(tx, actor, params.accountId)),
      handle(admin.exemptTerminal, (tx, actor, { params, body }) => accounts.exemptTerminal(tx, actor, params.accountId, body)),
      handleStaged(admin.resetPassword, (stages, { params, body }) =>
        accounts.request(stages, params.accountId, 'password', body.reason),
      ),
      handleStaged(admin.resetFactors, (stages, { params, body }) =>
        accounts.request(stages, params.accountId, 'factors', body.reason),
      ),
      look(admin.listRecoveries, (tx) => accounts.recoveries(tx)),
      handleStaged(admin.confirmRecovery, accounts.confirm),
      look(admin.listTerminals, (tx, _actor, input) => terminals.list(tx, input)),
      handle(admin.addTerminalNetwork, terminals.addNetwork),
      handle(admin.approveTerminal, (tx, actor, { params }) => terminals.approve(tx, actor, params.terminalId)),
      handle(admin.revokeTerminal, (tx, actor, { params }) => terminals.revoke(tx, actor, params.terminalId)),
      look(admin.listCertificates, (tx, _actor, { params }) => terminals.certificates(tx, params.accountId)),
      handle(admin.bindCertificate, terminals.bind),
      handle(admin.revokeCertificate, terminals.unbind),
    ],
  }
}

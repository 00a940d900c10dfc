import { randomBytes } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { Actor, Door, PersonActor } from '@huabiao/kit/actor/actor'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Visitor } from '@huabiao/kit/http/route'
import { isServiceAuthorization, serviceVerifier } from '@huabiao/kit/http/service-auth'
import { newId } from '@huabiao/kit/ids/new-id'
import type { FastifyRequest } from 'fastify'
import type { Me } from './identity.contract.ts'
import { isLive, isProvedElsewhere, sessionAbsoluteMs } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import { type FoundSession, findHolder, insertSession, type SessionRow, updateSession } from './identity.store.ts'
import { findTerminal, findTerminalItem } from './identity-factor.store.ts'
import { isExpired, passwordAgeMaxMs } from './identity-password.model.ts'

/** 256 bits; only its digest is stored (anchors/bastion.md §3.1, 10). */
export const newToken = (): string => randomBytes(32).toString('base64url')

export const sessionCookie = 'hb_session'
export const terminalCookie = 'hb_terminal'
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').slice(0, 4096).split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return /^[A-Za-z0-9_-]{43}$/.exec(pair.slice(at + 1).trim())?.[0]
  }
  return undefined
}
export const cookieHeader = (kit: IdentityKit, name: string, value: string, maxAgeS: number): Record<string, string> => ({
  'set-cookie': `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${kit.httpsOnly ? '; Secure' : ''}`,
})

export interface NewSession {
  tenantId: string
  accountId: string
  personId: string
  door: Door
  sourceIp: string
  terminalId: string | undefined
  role: string | null
  firstFactor: string
  mfaAt: Date | null
  ttlMs?: number
}
export async function openSession(tx: Tx, kit: IdentityKit, session: NewSession) {
  const at = kit.clock.now()
  const token = newToken()
  const id = newId(at.getTime())
  const expiresAt = new Date(at.getTime() + Math.min(session.ttlMs ?? sessionAbsoluteMs, sessionAbsoluteMs))
  await insertSession(tx, {
    id,
    tenant_id: session.tenantId,
    account_id: session.accountId,
    person_id: session.personId,
    token_sha256: sha256Hex(token),
    door: session.door,
    source_ip: session.sourceIp,
    terminal_id: session.terminalId ?? null,
    role: session.role,
    first_factor: session.firstFactor,
    mfa_at: session.mfaAt,
    created_at: at,
    last_seen_at: at,
    expires_at: expiresAt,
    revoked_at: null,
    revoke_reason: null,
  })
  return { token, id, expiresAt }
}

/** A gateway's or a terminal ticket's requests come from our own process: the person is where the session began. */
const isRelayed = (door: Door): boolean => door === 'ssh' || door === 'web-terminal'

export function toActor(found: FoundSession, roles: readonly string[], sourceIp: string): PersonActor {
  // A role whose binding ended is not worn any more. Whoever has one role wears it.
  const worn = found.role !== null && roles.includes(found.role) ? found.role : roles.length === 1 ? roles[0] : undefined
  return {
    kind: 'person',
    personId: found.person_id,
    accountId: found.account_id,
    tenantId: found.tenant_id,
    party: found.party,
    name: found.name,
    roles,
    role: worn,
    logonSessionId: found.id,
    terminalId: found.terminal_id ?? undefined,
    door: found.door,
    sourceIp: isRelayed(found.door) ? found.source_ip : sourceIp,
    mfaAt: found.mfa_at ?? undefined,
  }
}

export async function meOf(
  tx: ReadTx,
  kit: IdentityKit,
  actor: PersonActor,
  session: Pick<SessionRow, 'expires_at' | 'first_factor'>,
): Promise<Me> {
  const holder = (await findHolder(tx, actor.accountId))!
  const terminal = actor.terminalId ? await findTerminalItem(tx, actor.terminalId) : undefined
  return {
    person: { id: holder.personId, name: holder.name, nameEn: holder.nameEn },
    account: { id: holder.id, login: holder.login, notAfter: holder.notAfter?.toISOString() ?? null },
    tenant: { id: holder.tenantId, nameZh: holder.unitZh, nameEn: holder.unitEn, party: holder.party },
    roles: [...actor.roles],
    role: actor.role ?? null,
    actions: [...((await kit.actionsOf?.(tx, actor)) ?? [])].slice(0, 500),
    mfaAt: actor.mfaAt?.toISOString() ?? null,
    trainingValidUntil: holder.trainingValidUntil,
    locale: holder.locale,
    terminal: terminal ? { id: terminal.id, name: terminal.name } : null,
    door: actor.door,
    mustChangePassword:
      !isProvedElsewhere(session.first_factor) &&
      isExpired({ changedAt: holder.passwordChangedAt, mustChange: holder.mustChange }, kit.clock.now()),
    passwordExpiresAt: holder.passwordChangedAt
      ? new Date(holder.passwordChangedAt.getTime() + passwordAgeMaxMs).toISOString()
      : null,
    sessionExpiresAt: session.expires_at.toISOString(),
  }
}

/** While the password must be changed, nothing else can be done. */
const openToRestricted = new Set(['/api/v1/me', '/api/v1/me/password', '/api/v1/me/locale', '/api/v1/logoff'])
/** Written at most so often; the idle limit is that much stricter than it says. */
const touchMs = 15_000

export function authenticator(kit: IdentityKit) {
  const services = serviceVerifier(kit.services)

  const byService = (header: string, request: FastifyRequest, visitor: Visitor): Actor => {
    const service = services.verify(
      header,
      { method: request.method, url: request.url, body: request.rawBody ?? '' },
      kit.clock.now(),
    )
    if (!service) throw new Refusal('identity.service_refused')
    return {
      kind: 'service',
      service: service.service ?? 'gateway',
      serviceId: service.id,
      plane: service.plane,
      door: 'service',
      sourceIp: visitor.sourceIp,
    }
  }

  /** SameSite=Strict stops other sites; this stops other origins of the same site, and browsers that know no SameSite. */
  const refuseForgery = (request: FastifyRequest): void => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const { origin, host } = request.headers
    // Our own page, by whichever of our ports it was reached; a browser lets no page choose either header.
    const isOwn = origin !== undefined && (origin === kit.origin || hostOf(origin) === host)
    if (origin === undefined ? request.headers['x-huabiao-csrf'] === '1' : isOwn) return
    throw new Refusal('identity.csrf')
  }

  return async (request: FastifyRequest, visitor: Visitor): Promise<Actor | undefined> => {
    const path = request.url.split('?')[0]!
    // Logging on is always done as a visitor, whatever an old cookie says.
    if (path.startsWith('/api/v1/logon/')) return undefined
    const header = request.headers.authorization
    if (isServiceAuthorization(header)) return byService(header, request, visitor)
    const bearer = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1]
    const program = /^Bearer (hbs_[A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1]
    if (program) {
      const service = await kit.serviceOf?.(program, visitor.sourceIp)
      if (!service) throw new Refusal('identity.service_refused')
      return service
    }
    const token = header === undefined ? cookieOf(request.headers.cookie, sessionCookie) : bearer
    if (!token) return undefined
    const at = kit.clock.now()
    const found = await kit.db.ask((tx) => kit.sessionWithRoles<FoundSession>(tx, sha256Hex(token)))
    if (!found || !isLive(toLiveness(found), at)) return undefined
    if (!bearer) refuseForgery(request)
    const expired =
      !isProvedElsewhere(found.first_factor) &&
      isExpired({ changedAt: found.password_changed_at, mustChange: found.must_change }, at)
    if (expired && !openToRestricted.has(path)) throw new Refusal('identity.password_change_required')
    if (at.getTime() - found.last_seen_at.getTime() >= touchMs)
      await kit.db.transact({ kind: 'tenant', tenantId: found.tenant_id }, (tx) =>
        updateSession(tx, found.id, { last_seen_at: at }),
      )
    return toActor(found, found.roles, visitor.sourceIp)
  }
}
const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)
const toLiveness = (found: FoundSession) => ({
  lastSeenAt: found.last_seen_at,
  expiresAt: found.expires_at,
  revokedAt: found.revoked_at,
  accountStatus: found.account_status,
  notAfter: found.not_after,
  personStatus: found.person_status,
  unitStatus: found.unit_status,
})

/** The registered terminal behind a logon; refused where one is required and none is found (RL-20). */
export async function terminalOf(
  tx: ReadTx,
  _kit: IdentityKit,
  from: { cookie: string | undefined; personId: string; sourceIp: string },
): Promise<string | undefined> {
  const token = cookieOf(from.cookie, terminalCookie)
  const sourceIp = plainAddress(from.sourceIp)
  return sourceIp ? findTerminal(tx, { tokenSha256: token && sha256Hex(token), personId: from.personId, sourceIp }) : undefined
}
/** An IPv4 address that came over an IPv6 socket is compared as IPv4; anything that is no address is nothing. */
export const plainAddress = (address: string): string | undefined => {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIP(mapped) ? mapped : undefined
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
/** A network that admits everybody, or this very machine, registers nothing. */
export function isUsableNetwork(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/')
  const family = isIP(address)
  if (family === 0) return false
  return Number(bits) >= (family === 4 ? 16 : 48) && !loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

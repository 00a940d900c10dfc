import { randomBytes } from 'node:crypto'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalCode } from '@huabiao/kit/errors/errors'
import type { Outcome, Stages, Visitor } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { type Attributes, flowMs, logonRefusal } from './federation.model.ts'
import type { FederationDeps, OidcFlow } from './federation.ports.ts'
import * as store from './federation.store.ts'
import type { beginOidc, completeOidc, logonDirectory } from './federation-logon.contract.ts'
import type { OidcSettings } from './federation-settings.model.ts'
import { refuseHost, secretFor } from './federation-source.service.ts'

const token = (): string => randomBytes(32).toString('base64url')
export const flowCookie = 'hb_flow'
/** Strangers whom a provider knows and we do not; beyond that nobody new is written down. */
const strangersMax = 2000

/** What a transaction answers where a refusal must not undo it: the failure stays counted and recorded. */
type Step<T> = { refusal: RefusalCode } | { value: T }
const refuse = <T>(refusal: RefusalCode, events: readonly DomainEvent[] = []): Outcome<Step<T>> =>
  events.length > 0 ? { view: { refusal }, events } : { view: { refusal }, unchanged: true }
function settled<T>(step: Step<T>): T {
  if ('refusal' in step) throw new Refusal(step.refusal)
  return step.value
}
const cookieOf = (header: string | undefined): string | undefined =>
  new RegExp(`(?:^|;\\s*)${flowCookie}=([A-Za-z0-9_-]{43})(?:;|$)`).exec((header ?? '').slice(0, 4096))?.[1]
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length > 0 ? value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, 255) : undefined

/** An enabled source of the kind, in its tenant's scope. */
const enter = async (tx: Tx, id: string, kind: 'oidc' | 'ldap'): Promise<store.SourceRow | undefined> => {
  const tenantId = await store.findTenantOfSource(tx, id)
  if (!tenantId) return undefined
  await enterTenant(tx, tenantId)
  const source = await store.findSource(tx, id)
  return source?.kind === kind && source.status === 'enabled' ? source : undefined
}
const setCookie = (deps: FederationDeps, value: string, maxAgeS: number): Record<string, string> => ({
  'set-cookie': `${flowCookie}=${value}; Path=/api/v1/logon/oidc; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${deps.httpsOnly ? '; Secure' : ''}`,
})
const redirectUriOf = (deps: FederationDeps): string => `${deps.origin}/logon/oidc`

/** Somebody was proved by the source: the same as the right password, no more. The second factor is asked next. */
const admit = async (
  deps: FederationDeps,
  tx: Tx,
  source: store.SourceRow,
  proved: { externalId: string; attributes: Attributes; active: boolean; name: string },
): Promise<Outcome<Step<{ login: string; challenge: Awaited<ReturnType<FederationDeps['logon']['challenge']>> }>>> => {
  const at = deps.clock.now()
  const { externalId, attributes } = proved
  const status = proved.active ? 'active' : 'disabled'
  const known = await store.findSubject(tx, source.id, externalId)
  const isStranger = !known && (await store.countUnbound(tx, source.id)) < strangersMax
  // Of a directory the synchronisation writes what changed; here only whoever is new, so that somebody can bind them.
  if (isStranger) {
    const id = newId(at.getTime())
    await store.saveSubject(tx, { id, tenantId: source.tenantId, sourceId: source.id, externalId, attributes, status, at })
  }
  const personId = known?.personId ?? null
  const account = personId ? await deps.logon.accountOf(tx, personId) : undefined
  const refusal = logonRefusal({
    subject: known && { personId, status: proved.active ? known.status : 'disabled' },
    hasAccount: account !== undefined,
    mayLogOn: account?.mayLogOn ?? false,
    trained: personId !== null && (await deps.trained(tx, [personId], at)).has(personId),
  })
  if (refusal || !account) {
    const code = refusal ?? 'federation.logon_refused'
    const who = { login: account?.login ?? proved.name, tenantId: source.tenantId, ...(personId ? { personId } : {}) }
    return refuse(code, await deps.logon.failed(tx, { ...who, factor: source.kind, code, cause: `source ${source.id}` }))
  }
  const busy = await deps.logon.admit(tx, account.login, undefined)
  if (busy) return refuse(busy)
  const challenge = await deps.logon.challenge(tx, account.id, source.kind)
  return { view: { value: { login: account.login, challenge } }, unchanged: true }
}

export const logonSources = async (tx: ReadTx) => ({ view: { items: await store.listLogonSources(tx) } })

export const beginAtProvider = async (deps: FederationDeps, stages: Stages<Visitor>, { body }: InputOf<typeof beginOidc>) => {
  const source = settled(
    await stages.transact<Step<store.SourceRow>>(async (tx) => {
      const busy = await deps.logon.admit(tx, undefined, stages.actor.sourceIp)
      if (busy) return refuse(busy)
      const found = await enter(tx, body.sourceId, 'oidc')
      return found ? { view: { value: found }, unchanged: true } : refuse('federation.source_not_found')
    }),
  )
  refuseHost(deps, source.settings)
  const secret = await secretFor(deps, source)
  const flow: OidcFlow = { state: token(), nonce: token(), verifier: token() }
  const url = await deps.oidc.begin({ settings: source.settings as OidcSettings, secret, redirectUri: redirectUriOf(deps) }, flow)
  const browser = token()
  const stateSha256 = sha256Hex(flow.state)
  const at = deps.clock.now()
  await stages.transact(async (tx) => {
    await enterTenant(tx, source.tenantId)
    await store.insertFlow(tx, {
      stateSha256,
      tenantId: source.tenantId,
      sourceId: source.id,
      browserSha256: sha256Hex(browser),
      sealed: deps.seal.seal(Buffer.from(JSON.stringify(flow)), `flow ${stateSha256}`),
      expiresAt: new Date(at.getTime() + flowMs),
      at,
    })
    return { view: undefined, unchanged: true }
  })
  return { view: { url }, headers: setCookie(deps, browser, flowMs / 1000) }
}

export const comeBack = async (deps: FederationDeps, stages: Stages<Visitor>, { body }: InputOf<typeof completeOidc>) => {
  const { actor } = stages
  const stateSha256 = sha256Hex(body.state)
  const { source, flow } = settled(
    await stages.transact<Step<{ source: store.SourceRow; flow: OidcFlow }>>(async (tx) => {
      const busy = await deps.logon.admit(tx, undefined, actor.sourceIp)
      if (busy) return refuse(busy)
      const tenantId = await store.findTenantOfFlow(tx, stateSha256)
      if (!tenantId) return refuse('federation.flow_expired')
      await enterTenant(tx, tenantId)
      const taken = await store.takeFlow(tx, stateSha256)
      const browser = cookieOf(actor.headers.cookie)
      // Another browser than the one that went away: a code that was planted, or carried off (RFC 6749 §10.12).
      if (!taken || deps.clock.now() >= taken.expiresAt || !browser || sha256Hex(browser) !== taken.browserSha256)
        return refuse('federation.flow_expired')
      const found = await enter(tx, taken.sourceId, 'oidc')
      if (!found) return refuse('federation.flow_expired')
      const opened = JSON.parse(deps.seal.open(taken.sealed, `flow ${stateSha256}`).toString('utf8')) as OidcFlow
      return { view: { value: { source: found, flow: opened } }, unchanged: true }
    }),
  )
  refuseHost(deps, source.settings)
  const settings = source.settings as OidcSettings
  const { code, iss } = body
  const on = { settings, secret: await secretFor(deps, source), redirectUri: redirectUriOf(deps) }
  const proved = code ? await deps.oidc.complete(on, flow, { state: body.state, code, iss }) : undefined
  const step = await stages.transact<Step<Admitted>>(async (tx) => {
    await enterTenant(tx, source.tenantId)
    if (!proved) {
      const about = {
        login: `source:${source.id}`,
        tenantId: source.tenantId,
        factor: 'oidc',
        cause: text(body.error) ?? 'token',
      }
      return refuse('federation.provider_refused', [failedAtSource(about)])
    }
    const { claims, subject } = proved
    const unit = settings.unitClaim ? text(claims[settings.unitClaim]) : undefined
    const name = text(claims[settings.nameClaim])
    const userName = text(claims.preferred_username)
    const email = text(claims.email)
    const attributes = {
      ...(userName ? { userName } : {}),
      ...(name ? { name } : {}),
      ...(unit ? { unit } : {}),
      ...(email ? { email } : {}),
    }
    return admit(deps, tx, source, {
      externalId: subject,
      attributes,
      active: true,
      name: `${source.id}/${subject.slice(0, 100)}`,
    })
  })
  const { login, challenge } = settled(step)
  return { view: { ...challenge, login }, headers: setCookie(deps, '', 0) }
}

export const byDirectory = async (deps: FederationDeps, stages: Stages<Visitor>, { body }: InputOf<typeof logonDirectory>) => {
  const { sourceId, login, password } = body
  const key = `${sourceId}/${login.toLowerCase()}`
  const source = settled(
    await stages.transact<Step<store.SourceRow>>(async (tx) => {
      const busy = await deps.logon.admit(tx, key, stages.actor.sourceIp)
      if (busy) return refuse(busy)
      const found = await enter(tx, sourceId, 'ldap')
      return found ? { view: { value: found }, unchanged: true } : refuse('federation.source_not_found')
    }),
  )
  // RFC 4513 §5.1.2: a bind with a name and no password succeeds, as nobody.
  if (password === '') throw new Refusal('federation.password_empty')
  refuseHost(deps, source.settings)
  const secret = (await secretFor(deps, source))!
  if (source.settings.kind !== 'ldap') throw new Refusal('federation.source_not_found')
  const proved = await deps.directory.prove({ settings: source.settings, secret }, login, password)
  const step = await stages.transact<Step<Admitted>>(async (tx) => {
    await enterTenant(tx, source.tenantId)
    if (proved) {
      // The right password ends the guessing of it; the second factor is counted on the account.
      await deps.logon.succeeded(tx, key)
      return admit(deps, tx, source, { ...proved, name: key })
    }
    const code = 'federation.logon_refused'
    return refuse(code, await deps.logon.failed(tx, { login: key, tenantId: source.tenantId, factor: 'ldap', code }))
  })
  const { challenge, login: known } = settled(step)
  return { view: { ...challenge, login: known } }
}

type Admitted = { login: string; challenge: Awaited<ReturnType<FederationDeps['logon']['challenge']>> }

/** A provider's answer that did not hold is nobody's failure: it counts against no name. */
const failedAtSource = (about: { login: string; tenantId: string; factor: string; cause: string }): DomainEvent => ({
  type: 'identity.logon_failed',
  object: `login/${about.login}`,
  tenantId: about.tenantId,
  factor: about.factor,
  cause: about.cause,
  decision: 'refused',
  code: 'federation.provider_refused',
})

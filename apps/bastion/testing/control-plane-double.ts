import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { type ChangeDetail, getChange, listChanges } from '@huabiao/domains/change/change.contract'
import { beginChange, pauseChange, runNext, sayPresent } from '@huabiao/domains/change/change-execution.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import type { StepAction } from '@huabiao/domains/change/change-plan.model'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { gatewayLogon } from '@huabiao/domains/identity/identity-gateway.contract'
import {
  closeOwnSession,
  getSession,
  observeCommand,
  openObserve,
  reportRefusal,
  watchSession,
} from '@huabiao/domains/session/session.contract'
import type { SessionMode } from '@huabiao/domains/session/session.model'
import * as gate from '@huabiao/domains/session/session-gateway.contract'
import { commandDigestOf, type ExecutionGrant, grantCommandOf, Principal } from '@huabiao/domains/session/session-grant.model'
import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import { lineOfArgv } from '@huabiao/domains/session/session-observe.model'
import { openTerminal, startTerminal } from '@huabiao/domains/session/session-terminal.contract'
import type { Endpoint } from '@huabiao/kit/contract/contract'
import { ed25519Verify, loadSigningKeys, newSigningKeys, publicKeysOf, signEnvelope } from '@huabiao/kit/crypto/signature'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { serviceVerifier } from '@huabiao/kit/http/service-auth'
import { openSshLine, parseOpenSshKey, userCertificateLine } from '../../signer/ssh-certificate.ts'
import { changeOf, sessionOf, stepRunOf } from './demo-change.ts'
import { TransferDouble } from './transfer-double.ts'

/** A refusal of the double: the code goes over the wire as the real one would. */
export class No extends Error {
  readonly status: number
  constructor(status: number, code: string) {
    super(code)
    this.status = status
  }
}

export interface Call {
  readonly name: string
  readonly params: Record<string, string>
  readonly body: Record<string, unknown>
  readonly at: number
}
export interface TargetOfDouble {
  readonly host: string
  readonly port: number
  readonly account: string
  readonly hostKeySha256: string
}

export const principal = Principal.parse('hb-portal-web-01-ops')
export const login = 'wang.qiang'
export const password = 'Correct-horse-9'
export const totp = '246810'

/**
 * The control plane as the gateway meets it: every body is parsed by the contract, every answer too, service proofs are verified,
 * certificates are real ones of a real authority. What it decides is set by the test.
 */
export class ControlPlaneDouble {
  readonly calls: Call[] = []
  readonly signing = loadSigningKeys(newSigningKeys())
  readonly ca = generateKeyPairSync('ed25519')
  readonly service = generateKeyPairSync('ed25519')
  readonly sealing = generateKeyPairSync('x25519')
  readonly personId = randomUUID()
  readonly tenantId = randomUUID()
  readonly targetId = randomUUID()
  readonly sessionId: string = randomUUID()
  /** The session of the last terminal that was opened. */
  terminalId = ''
  readonly fingerprints = new Set<string>()
  readonly started = new Set<string>()
  readonly finished = new Map<string, Record<string, unknown>>()
  readonly tickets = new Map<string, object>()
  readonly unsealed: { sessionId: string; segments: number }[] = []
  readonly work = new Map<string, object>()
  readonly transfers = new TransferDouble()
  /** Answers of the test in place of the usual ones, by endpoint. */
  readonly instead = new Map<string, (body: Record<string, unknown>) => unknown>()
  action: StepAction = { kind: 'command', line: 'echo hello' }
  timeoutMs = 10_000
  change: ChangeDetail
  target: TargetOfDouble = { host: '127.0.0.1', port: 1, account: 'ops', hostKeySha256: `SHA256:${'A'.repeat(43)}` }
  locale: 'zh-CN' | 'en' = 'en'
  token = randomBytes(32).toString('base64url')
  url = ''
  readonly #server = createServer((request, answer) => {
    void this.#answer(request).then(({ status, value }) => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    })
  })
  readonly #routes = new Map<string, { endpoint: Endpoint; act: (call: Call) => unknown }>()
  readonly #grantOfRun = new Map<string, string>()
  #bells: (() => void)[] = []

  constructor() {
    this.change = changeOf(this.personId, this.targetId)
    this.#mount()
  }
  get caLine(): string {
    return openSshLine(this.ca.publicKey, 'test')
  }
  get serviceKey(): KeyObject {
    return this.service.privateKey
  }
  get signerKeys() {
    return publicKeysOf(this.signing)
  }
  called = (name: string): Call[] => this.calls.filter((call) => call.name === name)

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }
  async close(): Promise<void> {
    this.#ring()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  give(item: { workId?: string } & Record<string, unknown>): string {
    const workId = item.workId ?? randomUUID()
    this.work.set(workId, { ...item, workId })
    this.#ring()
    return workId
  }
  giveOpen(sessionId = this.sessionId, mode: SessionMode = 'plan-run'): void {
    const { executor } = this.change
    this.give({
      kind: 'open',
      sessionId,
      title: this.change.no,
      mode,
      executorId: executor?.id,
      executorName: executor?.name,
      reviewerName: null,
    })
  }
  giveRun(action: StepAction, over: Partial<ExecutionGrant> = {}, sessionId = this.sessionId): ExecutionGrant {
    const grant = this.grant(action, { sessionId, ...over })
    this.give(this.runWork(grant, action))
    return grant
  }
  runWork(grant: ExecutionGrant, action: StepAction): Record<string, unknown> {
    return {
      kind: 'run',
      sessionId: grant.sessionId,
      grant: signEnvelope('execution-grant', grant, this.signing),
      stdin: 'text' in action ? Buffer.from(action.text).toString('base64') : '',
      content: null,
      label: `${this.change.no} ${grant.stepKey}`,
      stepKey: grant.stepKey,
    }
  }
  grant(action: StepAction, over: Partial<ExecutionGrant> = {}): ExecutionGrant {
    const now = Date.now()
    return {
      v: 1,
      id: randomUUID(),
      nonce: randomBytes(16).toString('hex'),
      plane: 'platform',
      tenantId: this.tenantId,
      changeId: this.change.id,
      changeNo: this.change.no,
      planHash: 'a'.repeat(64),
      runId: randomUUID(),
      stepKey: 'restart',
      phase: 'execute',
      batch: 0,
      kind: 'planned',
      executor: { personId: this.personId, name: '王强' },
      reviewer: null,
      account: 'ops',
      danger: 2,
      target: { id: this.targetId, name: 'portal-web-01', principal, ...this.target },
      command: grantCommandOf(sha256, action),
      commandDigest: commandDigestOf(sha256, action),
      timeoutMs: this.timeoutMs,
      notBefore: new Date(now - 1000).toISOString(),
      notAfter: new Date(now + 60_000).toISOString(),
      issuedBecause: [],
      gatewayId: 'gw-1',
      sessionId: this.sessionId,
      ...over,
    }
  }

  #ring(): void {
    for (const bell of this.#bells.splice(0)) bell()
  }

  #mount(): void {
    const on = (endpoint: Endpoint, act: (call: Call) => unknown): void => {
      this.#routes.set(endpoint.name, { endpoint, act })
    }
    const ok = (): object => ({})
    const now = (): string => new Date().toISOString()
    on(gatewayLogon, ({ body }) => {
      const first = body.first as { kind: string; fingerprint?: string; password?: string }
      const good = first.kind === 'password' ? first.password === password : this.fingerprints.has(first.fingerprint ?? '')
      if (!good || body.totp !== totp || body.login !== login) throw new No(401, 'identity.logon_refused')
      return {
        token: this.token,
        personId: this.personId,
        personName: '王强',
        locale: this.locale,
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      }
    })
    on(gate.gatewayKeys, () => {
      const publicKey = this.sealing.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
      return { keys: this.signerKeys, sealing: signEnvelope('sealing-key', { v: 1, alg: 'x25519', publicKey }, this.signing) }
    })
    on(gate.gatewayHello, () => ({ now: now(), unsealed: this.unsealed }))
    on(gate.claimWork, async ({ body }) => {
      for (const id of body.done as string[]) this.work.delete(id)
      const waited = new Promise<void>((resolve) => {
        this.#bells.push(resolve)
        setTimeout(resolve, body.waitMs as number).unref()
      })
      if (this.work.size === 0) await waited
      return { now: now(), items: [...this.work.values()] }
    })
    on(gate.gatewayPulse, () => ({ now: now() }))
    on(gate.sessionOpened, ok)
    on(gate.sessionRefused, ok)
    on(gate.sessionSealed, ok)
    on(gate.sessionGap, ok)
    on(gate.gatewayPause, ok)
    on(gate.putSegment, ({ body }) => ({ segments: (body.index as number) + 1 }))
    on(gate.grantStarted, ({ params }) => {
      if (this.started.has(params.grantId as string)) throw new No(409, 'session.grant_used')
      this.started.add(params.grantId as string)
      return { now: now() }
    })
    on(gate.grantFinished, ({ params, body }) => {
      this.finished.set(params.grantId as string, body)
      const runId = this.#grantOfRun.get(params.grantId as string)
      const run = this.change.runs.find((candidate) => candidate.id === runId)
      if (run)
        Object.assign(run, { state: body.exitCode === 0 ? 'succeeded' : 'failed', exitCode: body.exitCode, stdout: body.stdout })
      return {}
    })
    on(gate.requestCertificate, ({ body }) => this.#certificate(body as never))
    on(gate.redeemTicket, ({ body }) => {
      const found = this.tickets.get(body.ticket as string)
      if (!found) throw new No(401, 'session.ticket_invalid')
      this.tickets.delete(body.ticket as string)
      return found
    })
    on(getMe, () => ({
      person: { id: this.personId, name: '王强', nameEn: 'Wang Qiang' },
      account: { id: randomUUID(), login, notAfter: null },
      tenant: { id: this.tenantId, nameZh: '运维单位', nameEn: 'Operations', party: 'service-provider' },
      roles: [],
      role: null,
      actions: [],
      mfaAt: null,
      trainingValidUntil: null,
      locale: this.locale,
      terminal: null,
      door: 'web-terminal',
      mustChangePassword: false,
      passwordExpiresAt: null,
      sessionExpiresAt: now(),
    }))
    on(listChanges, () => ({ items: [this.change], next: null }))
    on(getChange, () => this.change)
    on(getMyWork, () => ({ waiting: [], executing: [this.change], atRisk: [], recent: [] }))
    on(sayPresent, () => ({ now: now(), reviewerPresent: true, executorPresent: true }))
    on(beginChange, () => {
      this.giveOpen()
      return { ...this.change, sessionId: this.sessionId }
    })
    on(pauseChange, () => this.change)
    on(runNext, () => {
      const grant = this.giveRun(this.action)
      const run = stepRunOf(grant.runId, this.targetId)
      this.#grantOfRun.set(grant.id, run.id)
      this.change.runs.push(run)
      return this.change
    })
    on(watchSession, () => {
      const ticket = randomUUID()
      this.tickets.set(ticket, { kind: 'watch', sessionId: this.sessionId, personName: '李敏' })
      return { ticket, wsUrl: 'ws://gateway/watch', expiresAt: now() }
    })
    on(openObserve, () => {
      this.giveOpen(this.sessionId, 'observe')
      return sessionOf(this.sessionId, this.tenantId, this.personId)
    })
    on(observeCommand, ({ body }) => {
      const line = lineOfArgv(body.argv as string[]) ?? ''
      const grant = this.giveRun({ kind: 'command', line }, { kind: 'observe', stepKey: 'observe', danger: 1 })
      return { runId: grant.runId }
    })
    on(closeOwnSession, ({ params }) => {
      this.give({ kind: 'close', sessionId: params.sessionId, drain: false, reason: 'closed by its executor' })
      return sessionOf(this.sessionId, this.tenantId, this.personId)
    })
    on(openTerminal, () => {
      this.terminalId = randomUUID()
      this.giveOpen(this.terminalId, 'interactive')
      return { ...sessionOf(this.terminalId, this.tenantId, this.personId), state: 'requested', mode: 'interactive' }
    })
    on(getSession, ({ params }) => {
      const live = this.called('sessionOpened').some((call) => call.params.sessionId === params.sessionId)
      const view = { ...sessionOf(params.sessionId as string, this.tenantId, this.personId), state: live ? 'live' : 'requested' }
      return { ...view, marks: [], segmentList: [], watchRefusal: null, replayRefusal: null }
    })
    on(startTerminal, () => {
      const reviewer = { personId: randomUUID(), name: '李敏' }
      const purpose = { kind: 'interactive' as const, purpose: '机房火情处置' }
      const over = { kind: 'breakglass' as const, reviewer, stepKey: 'terminal', danger: 5, timeoutMs: 60_000 }
      return { grantId: this.giveRun(purpose, over, this.terminalId).id }
    })
    on(reportRefusal, ok)
    this.transfers.mount(on)
  }

  #certificate(body: { envelope: { payload: string; signatures: never[] }; publicKey: string; proof: string }): object {
    const spki = createPublicKey(this.service.publicKey.export({ format: 'pem', type: 'spki' })).export({
      format: 'der',
      type: 'spki',
    })
    const proved = certificateProofText({ envelope: body.envelope, publicKey: body.publicKey, gatewayId: 'gw-1' })
    if (!ed25519Verify(spki, Buffer.from(proved), Buffer.from(body.proof, 'base64'))) throw new No(403, 'signer.proof_wrong')
    const grant = JSON.parse(body.envelope.payload) as ExecutionGrant
    const publicKey = parseOpenSshKey(body.publicKey)
    if (!publicKey) throw new No(422, 'signer.public_key_wrong')
    const nowS = Math.floor(Date.now() / 1000)
    const certificate = userCertificateLine(this.ca.privateKey, {
      publicKey,
      keyId: `hb;chg=${grant.changeNo}`,
      principals: [grant.target.principal],
      validAfter: nowS - 5,
      validBefore: nowS + 60,
      forceCommand: forcedLine(grant),
      sourceAddresses: ['127.0.0.1/32'],
      terminal: grant.command.kind === 'interactive',
    })
    return { certificate }
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; value: unknown }> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const url = request.url ?? ''
    try {
      for (const { endpoint, act } of this.#routes.values()) {
        const pattern = new RegExp(`^${endpoint.path.replace(/:([A-Za-z]+)/g, '(?<$1>[^/]+)')}$`)
        const match = endpoint.method === request.method ? pattern.exec(url.split('?')[0] ?? '') : null
        if (!match) continue
        this.#authenticate(endpoint, request, text)
        const params = endpoint.params.parse({ ...match.groups }) as Record<string, string>
        const body = (endpoint.method === 'GET' ? {} : endpoint.body.parse(JSON.parse(text || '{}'))) as Record<string, unknown>
        const call: Call = { name: endpoint.name, params, body, at: Date.now() }
        this.calls.push(call)
        const other = this.instead.get(endpoint.name)
        return { status: 200, value: endpoint.response.parse(await (other ? other(body) : act(call))) }
      }
      throw new No(404, 'request.not_found')
    } catch (cause) {
      const status = cause instanceof No ? cause.status : 400
      const code = cause instanceof No ? cause.message : 'request.invalid'
      return {
        status,
        value: { type: 'about:blank', status, code, params: { cause: String(cause).slice(0, 500) }, requestId: '' },
      }
    }
  }

  readonly #services = serviceVerifier([
    {
      id: 'gw-1',
      plane: 'platform',
      publicKey: this.service.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    },
  ])
  #authenticate(endpoint: Endpoint, request: IncomingMessage, body: string): void {
    const header = request.headers.authorization ?? ''
    if (endpoint.permission === 'service:gateway') {
      const proof = { method: request.method ?? '', url: request.url ?? '', body }
      if (!this.#services.verify(header, proof, new Date())) throw new No(401, 'identity.service_refused')
    } else if (header !== `Bearer ${this.token}`) throw new No(401, 'session.required')
  }
}

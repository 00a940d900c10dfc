import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { folderStore, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import type { HeadWitness } from '@huabiao/domains/ledger/ledger.module'
import type { NoticeChannel } from '@huabiao/domains/notification/notification.module'
import { manifestText } from '@huabiao/domains/session/session.model'
import type { Work } from '@huabiao/domains/session/session-gateway.contract'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signerClient } from '@huabiao/kit/crypto/signer-client'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import { openDatabase } from '@huabiao/kit/db/db'
import { signServiceRequest } from '@huabiao/kit/http/service-auth'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import pino from 'pino'
import { expect } from 'vitest'
import { postgresFacts } from '../../signer/facts.ts'
import { startSigner } from '../../signer/signer.ts'
import { buildApp } from '../app.ts'
import { compose, type Platform } from '../compose.ts'
import { type DemoCredential, seedDemoCity } from '../demo-seed.ts'
import { expectDeclared } from './declared.ts'
import { portalPlan } from './portal-plan.ts'

/** A target that answers as it did before. */
export const quietSnapshot =
  '== boot\nf7a1\n\n== packages\naa11\n\n== services\nsshd.service 100\n\n== ports\n0100007F:0016\n\n== files\n\n== disk\n/ 40%\n\n== end\n'

const defaultOrigin = 'http://127.0.0.1:8600'
/** The platform as tests drive it: REST with real logons, real PostgreSQL, a real signer; the gateway is played by the test. */

export async function startHarness(
  of: {
    terminalRequired?: boolean
    channels?: readonly NoticeChannel[]
    witness?: HeadWitness
    inspectorKey?: string
    sources?: Platform['sources']
    origin?: string
    objects?: ObjectStore
  } = {},
) {
  const gatewayId = 'gw-test-1'
  const keys = generateKeyPairSync('ed25519')
  const tenantGateway = { id: 'gw-test-tenant', ...generateKeyPairSync('ed25519') }
  const tenantKey = tenantGateway.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const follower = { id: 'target-log-test', ...generateKeyPairSync('ed25519') }
  const bootId = newId()
  const closing: (() => Promise<unknown>)[] = []
  const people = new Map<string, DemoCredential>()
  const tokens = new Map<string, string>()

  const dir = mkdtempSync(join(tmpdir(), 'huabiao-rest-'))
  const database = await testDatabase()
  const { ownerUrl } = database
  const statements: string[] = []
  const db = openDatabase({ url: database.appUrl, onStatement: (sql) => statements.push(sql) })
  const token = 't'.repeat(40)
  const evidenceDir = join(dir, 'evidence')
  const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const signer = await startSigner(
    {
      stateDir: join(dir, 'signer'),
      socket: '127.0.0.1:0',
      token,
      database: { url: database.signerUrl },
      authorizedGateways: [
        { id: gatewayId, plane: 'platform', publicKey },
        { id: tenantGateway.id, plane: 'tenant', publicKey: tenantKey },
      ],
      gatewaySourceAddresses: ['127.0.0.1/32'],
      idTokenIssuer: `${of.origin ?? defaultOrigin}/oidc`,
    },
    postgresFacts(database.signerUrl),
    systemClock,
    () => {},
  )
  const targetsFile = join(dir, 'targets.json')
  const hostPublicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0cMCiQXkqTzOQ5JwqRh2wLkXhYQ1sQvK7pTq3mQ9aB'
  const accounts = [{ name: 'hb-app', login: 'hb-app' }]
  writeFileSync(
    targetsFile,
    JSON.stringify(
      ['portal-web-01', 'portal-web-02'].map((name, i) => ({
        name,
        host: '127.0.0.1',
        port: 22_201 + i,
        hostPublicKey,
        accounts,
      })),
    ),
  )
  const secretKey = new Uint8Array(32).fill(7)
  let aheadMs = 0
  const signing = signerClient({ socket: signer.socket, token })
  const composed = compose({
    db,
    clock: { now: () => new Date(Date.now() + aheadMs) },
    log: pino({ level: process.env.HUABIAO_TEST_LOG ?? 'silent' }),
    signer: signing,
    objects: of.objects ?? folderStore(evidenceDir),
    secretKey,
    channels: of.channels ?? [],
    services: [
      { id: gatewayId, plane: 'platform', publicKey },
      { id: tenantGateway.id, plane: 'tenant', publicKey: tenantKey },
      ...(of.inspectorKey
        ? [{ id: 'inspector-1', plane: 'platform', service: 'inspector', publicKey: of.inspectorKey } as const]
        : []),
      {
        id: follower.id,
        plane: 'platform',
        publicKey: follower.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        service: 'log-follower',
      },
    ],
    followers: { [follower.id]: ['portal-web-01'] },
    places: [
      { cidr: '10.1.0.0/16', name: '华州', latitude: 32.06, longitude: 118.8 },
      { cidr: '10.9.0.0/16', name: '乌鲁木齐', latitude: 43.83, longitude: 87.62 },
    ],
    httpsOnly: false,
    origin: of.origin ?? defaultOrigin,
    terminalRequired: of.terminalRequired ?? false,
    minSoakSeconds: 0,
    requiredGuards: [],
    witness: of.witness,
    ...(of.sources ? { sources: of.sources } : {}),
    ceremonyToken: undefined,
    wsUrl: () => 'ws://127.0.0.1:8623',
  })
  const credentialsFile = join(dir, 'credentials.json')
  await seedDemoCity({ db, clock: systemClock, secretKey, targetsFile, credentialsFile })
  for (const account of (JSON.parse(readFileSync(credentialsFile, 'utf8')) as { accounts: DemoCredential[] }).accounts)
    people.set(account.login, account)
  await composed.evidence.watch.look()
  const app = await buildApp(composed, { consoleDir: undefined, gatewayUrls: [] })
  closing.push(
    () => app.close(),
    () => db.close(),
    () => signer.close(),
  )

  async function logOn(login: string, remoteAddress = '127.0.0.1'): Promise<string> {
    const known = tokens.get(login)
    if (known) return known
    const { password, totpSecret } = people.get(login)!
    const headers = { 'x-huabiao-client': 'cli' }
    const first = await app.inject({
      method: 'POST',
      url: '/api/v1/logon/password',
      headers,
      remoteAddress,
      payload: { login, password },
    })
    expect(first.json(), login).toHaveProperty('challenge')
    const code = hotp(fromBase32(totpSecret), totpStep(new Date()))
    const second = await app.inject({
      method: 'POST',
      url: '/api/v1/logon/totp',
      headers,
      remoteAddress,
      payload: { challenge: first.json().challenge, code },
    })
    expect(second.statusCode, second.body).toBe(200)
    const { token } = second.json()
    tokens.set(login, token)
    return token
  }
  type Answer = { status: number; body: never }
  async function call(
    login: string,
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    payload?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { authorization: `Bearer ${await logOn(login)}`, ...headers },
      ...(payload ? { payload } : {}),
    })
    const body = response.body === '' ? undefined : response.json()
    expectDeclared(method, `/api/v1${url}`, response.statusCode, body)
    return { status: response.statusCode, body: body as never }
  }
  async function act(login: string, id: string, name: string, payload: object = {}): Promise<ChangeDetail> {
    const { status, body } = await call(login, 'POST', `/changes/${id}/${name}`, payload)
    expect(status, `${login} ${name}: ${JSON.stringify(body).slice(0, 400)}`).toBe(200)
    return body
  }
  async function refused(login: string, id: string, name: string, payload: object = {}): Promise<string> {
    const { status, body } = await call(login, 'POST', `/changes/${id}/${name}`, payload)
    expect(status, `${login} ${name} was done`).toBeGreaterThanOrEqual(400)
    return (body as { code: string }).code
  }
  /** The gateway's proof of possession over one request. */
  const gatewayProof = (request: { method: string; url: string; body: string | Uint8Array }): string =>
    signServiceRequest({ id: gatewayId, privateKey: keys.privateKey }, request, new Date())
  async function gateway<T = never>(path: string, body: object): Promise<{ status: number; body: T }> {
    const url = `/api/v1/gateway/${path}`
    const payload = JSON.stringify(body)
    const authorization = gatewayProof({ method: 'POST', url, body: payload })
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { authorization, 'content-type': 'application/json' },
      payload,
    })
    return { status: response.statusCode, body: response.json() as T }
  }
  let done: string[] = []
  async function claim(): Promise<Work[]> {
    const { status, body } = await gateway<{ items: Work[] }>('work', { bootId, waitMs: 0, done })
    expect(status, JSON.stringify(body)).toBe(200)
    done = body.items.map((item) => item.workId)
    return body.items
  }
  const grantOf = (work: Work): { id: string; runId: string; command: { line?: string }; stepKey: string } =>
    work.kind === 'run' ? JSON.parse(work.grant.payload) : (undefined as never)
  /** Plays what a gateway does with the one run queued: starts it once, and reports the result. */
  async function carryOut(result: { exitCode: number; stdout?: string | undefined }): Promise<string> {
    const run = (await claim()).find((work) => work.kind === 'run')!
    const { id, stepKey } = grantOf(run)
    // The platform's own questions before and after: nothing has changed where a test says nothing else.
    const said = result.stdout ?? ''
    const stdout = stepKey === 'snapshot' && !said.includes('== end') ? quietSnapshot : said
    const started = await gateway(`grants/${id}/started`, { bootId })
    expect(started.status, JSON.stringify(started.body)).toBe(200)
    const report = {
      bootId,
      outcome: 'exited',
      exitCode: result.exitCode,
      signal: null,
      stdout,
      stderr: '',
      stdoutBytes: stdout.length,
      stderrBytes: 0,
      outputSha256: toHex(sha256(utf8(stdout))),
      durationMs: 12,
      detail: '',
    }
    const finished = await gateway(`grants/${id}/finished`, report)
    expect(finished.status, JSON.stringify(finished.body)).toBe(200)
    return id
  }

  /** Seals what was recorded of a session as its gateway would: here nothing, or the segments already sent. */
  async function seal(
    sessionId: string,
    segments: readonly { index: number; sm3: string; sha256: string; bytes: number }[] = [],
  ): Promise<void> {
    const reason = 'verified'
    const manifestSm3 = toHex(sm3(utf8(manifestText({ sessionId, reason, segments }))))
    const sealed = { segments: segments.length, manifestSm3, reason, closedAt: new Date().toISOString() }
    expect((await gateway(`sessions/${sessionId}/sealed`, sealed)).status).toBe(200)
  }

  /** The scheduler's work as it would be at another time; people and signer stay in the present. */
  async function at(time: Date, work: () => Promise<unknown>): Promise<void> {
    aheadMs = time.getTime() - Date.now()
    try {
      await work()
    } finally {
      aheadMs = 0
    }
  }

  interface Wanted {
    readonly plan?: Partial<ChangeDetail['plan']>
    /** From now. */
    readonly windowStartMs?: number
  }
  async function draftChange(): Promise<ChangeDetail> {
    const systems = (await call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
    const portal = systems.items.find((system) => system.code === 'portal')!
    return (
      await call('zhao.ming', 'POST', '/changes', { title: '门户升级到 2.4.0', reason: '修复登录缺陷', systemIds: [portal.id] })
    ).body as ChangeDetail
  }
  /** Everything up to `approving`. */
  async function approvingChange({ plan = {}, windowStartMs = -60_000 }: Wanted = {}): Promise<ChangeDetail> {
    const { id, systemIds } = await draftChange()
    await act('zhao.ming', id, 'submit')
    await act('chen.jing', id, 'accept')
    const planning = await act('zhao.ming', id, 'start-planning')
    const targets = (await call('zhao.ming', 'GET', `/targets?systemId=${systemIds[0]}`)).body as { items: { id: string }[] }
    const candidates = (await call('zhao.ming', 'GET', `/changes/${id}/candidates`)).body as {
      executors: { id: string; name: string }[]
      reviewers: { id: string; name: string; refusal: string | null }[]
    }
    const executorId = candidates.executors.find((person) => person.name === '赵明')!.id
    const reviewerId = candidates.reviewers.find((person) => person.name === '钱伟')!.id
    const payload = {
      plan: { ...portalPlan(targets.items.map((target) => target.id)), ...plan },
      windowStart: new Date(Date.now() + windowStartMs).toISOString(),
      windowEnd: new Date(Date.now() + windowStartMs + 3_660_000).toISOString(),
      executorId,
      reviewerId,
    }
    const saved = await call('zhao.ming', 'PUT', `/changes/${id}/plan`, payload, { 'if-match': `"${planning.version}"` })
    expect(saved.status, JSON.stringify(saved.body)).toBe(200)
    expect((saved.body as ChangeDetail).lint.filter((finding) => finding.severity === 'error')).toEqual([])
    const finished = await act('zhao.ming', id, 'finish-plan')
    const planHash = finished.planHash!
    await act('sun.jie', id, 'assess')
    return act('zheng.hao', id, 'tests', {
      planHash,
      environment: '预发布环境',
      verdict: 'pass',
      note: '已在预发布环境完整演练，含回退。',
    })
  }
  /** Everything up to `scheduled`. */
  async function scheduledChange(wanted: Wanted = {}): Promise<ChangeDetail> {
    const { id, planHash } = await approvingChange(wanted)
    expect(await refused('zhao.ming', id, 'decisions', { planHash, verdict: 'approve' }), 'S2: nobody approves their own').toBe(
      'access.denied',
    )
    await act('sun.jie', id, 'decisions', { planHash, verdict: 'approve' })
    const approved = await act('chu.heng', id, 'decisions', { planHash, verdict: 'approve' })
    expect(approved.state).toBe('consenting')
    return act('kong.xin', id, 'consents', { planHash, verdict: 'consent', waiveNotice: true })
  }
  /** The management unit's freeze for everybody, from an hour ago where nothing else is said; answers how another officer lifts it. */
  async function freeze(body: object = {}): Promise<{ id: string; lift: () => Promise<void> }> {
    const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString()
    const span = { startsAt: hours(-1), endsAt: hours(1) }
    const whole = { name: '国庆封网', reason: '重要时期保障', ...span, scope: 'deployment', scopeIds: [], ...body }
    const answer = await call('lin.guan', 'POST', '/freezes', whole)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const { id } = answer.body as { id: string }
    const lift = async (): Promise<void> => {
      expect((await call('qiao.zheng', 'POST', `/freezes/${id}/lift`, { reason: '保障结束' })).status).toBe(200)
    }
    return { id, lift }
  }
  const present = async (id: string): Promise<void> => {
    for (const login of ['zhao.ming', 'qian.wei']) expect((await call(login, 'POST', `/changes/${id}/presence`)).status).toBe(200)
  }
  async function runNext(detail: ChangeDetail): Promise<ChangeDetail> {
    const { next } = detail
    if (!next) throw new Error(`nothing is next in ${detail.state}`)
    if (next.needsCosign && !next.cosigned) {
      expect(await refused('zhao.ming', detail.id, 'run-next', { stepKey: next.stepKey, targetId: next.targetId })).toBe(
        'change.cosign_missing',
      )
      await act('qian.wei', detail.id, 'cosign', { stepKey: next.stepKey, targetId: next.targetId, phase: next.phase })
    }
    return act('zhao.ming', detail.id, 'run-next', { stepKey: next.stepKey, targetId: next.targetId })
  }
  /** Explains whatever differs beyond the plan, as its executor, and confirms the items. */
  async function confirmItems(id: string, reason: string): Promise<ChangeDetail> {
    const open = (await read(id)).items.flatMap(({ target, differences }) =>
      differences.filter((one) => !one.declared && !one.explanation).map(({ key }) => ({ targetId: target.id, key })),
    )
    if (open.length > 0) await act('zhao.ming', id, 'item-explanations', { items: open, note: reason })
    return act('chen.jing', id, 'confirm-items', { reason })
  }
  const read = async (id: string): Promise<ChangeDetail> => (await call('zhao.ming', 'GET', `/changes/${id}`)).body
  const close = async (): Promise<void> => {
    for (const end of closing) await end()
  }
  return {
    app,
    composed,
    db,
    signing,
    ownerUrl,
    appUrl: database.appUrl,
    signerUrl: database.signerUrl,
    bootId,
    gatewayId,
    evidenceDir,
    follower,
    tenantGateway,
    /** For a real gateway in the place of the played one. */
    gatewayKey: keys.privateKey,
    /** What the gateway signs with its own key. */
    signAsGateway: (text: string): string => sign(null, Buffer.from(text), keys.privateKey).toString('base64'),
    credential: (login: string): DemoCredential => people.get(login)!,
    statements,
    tokens,
    logOn,
    call,
    act,
    refused,
    gateway,
    gatewayProof,
    claim,
    grantOf,
    carryOut,
    seal,
    at,
    draftChange,
    approvingChange,
    scheduledChange,
    freeze,
    present,
    runNext,
    confirmItems,
    read,
    close,
  }
}
export type Harness = Awaited<ReturnType<typeof startHarness>>

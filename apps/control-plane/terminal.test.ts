import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitMs } from '@huabiao/domains/reconcile/reconcile.model'
import { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { type Night, night } from './testing/night.ts'
import { portalPlan } from './testing/portal-plan.ts'
import { place, type Terminals, terminals } from './testing/terminals.ts'

/** The raw terminal of an emergency at the doors: who gets one, what holds it, and what stays of it (design §6, NT-F04, NT-D08). */
let h: Harness
let n: Night
let on: Terminals
let owner: pg.Client
let app: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  n = night(h, owner)
  on = terminals(h)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterEach(() => n.settle())
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const stateOf = async (id: string): Promise<string> =>
  (await owner.query('select state from session_record where id = $1', [id])).rows[0].state
/** Unseen for two minutes: rows, past the guard that lets nobody say it for another. */
const absent = async (id: string): Promise<void> => {
  await owner.query('alter table emergency_presence disable trigger user')
  await owner.query(`update emergency_presence set seen_at = now() - interval '2 minutes' where emergency_id = $1`, [id])
  await owner.query('alter table emergency_presence enable trigger user')
}
const auditor = 'zhu.cha'
const security = 'yang.an'

describe('a terminal', () => {
  test('is for the executor, on a named target and account, while the second person is there', async () => {
    const invoked = await n.invoked()
    expect(await on.codeOf('zhao.ming', '/terminal-sessions', place(invoked))).toBe('emergency.not_granted')
    await n.settle()
    const emergency = await n.executing()
    expect(await on.codeOf('qian.wei', '/terminal-sessions', place(emergency))).toBe('emergency.not_executor')
    expect(await on.codeOf('shen.zhu', '/terminal-sessions', place(emergency))).toBe('access.denied')
    expect(await on.codeOf('he.chen', '/terminal-sessions', place(emergency)), 'another provider').toBe('emergency.not_found')
    expect(await on.codeOf('zhao.ming', '/terminal-sessions', place(emergency, { account: 'root' }))).toBe(
      'emergency.account_not_named',
    )
    expect(await on.codeOf('zhao.ming', '/terminal-sessions', place(emergency, { targetName: 'portal-web-02' }))).toBe(
      'emergency.target_not_named',
    )
    await absent(emergency.id)
    expect(await on.codeOf('zhao.ming', '/terminal-sessions', place(emergency))).toBe('emergency.second_absent')
    await n.present(emergency.id, 'qian.wei')
    expect(await on.open(emergency)).toMatchObject({ mode: 'interactive', state: 'requested', changeNo: emergency.no })
    const [work] = await h.claim()
    expect(work).toMatchObject({ kind: 'open', mode: 'interactive', reviewerName: '钱伟' })
  })

  test('NT-F04 without a recording there is none; with one the signer makes one grant, for one certificate that permits a terminal', async () => {
    const emergency = await n.executing()
    const refused = await on.open(emergency)
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${refused.id}/start`)).toBe('session.wrong_state')
    expect((await h.gateway(`sessions/${refused.id}/refused`, { reason: 'no space left' })).status).toBe(200)
    expect(await stateOf(refused.id)).toBe('gap')
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${refused.id}/start`)).toBe('session.wrong_state')

    const id = await on.recording(emergency)
    expect(await on.codeOf('qian.wei', `/terminal-sessions/${id}/start`)).toBe('session.not_executor')
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('done')
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('session.terminal_begun')
    const work = (await h.claim()).find((item) => item.kind === 'run')!
    if (work.kind !== 'run') throw new Error('no run')
    const grant = ExecutionGrant.parse(JSON.parse(work.grant.payload))
    expect(grant).toMatchObject({
      kind: 'breakglass',
      changeNo: emergency.no,
      account: 'hb-app',
      command: { kind: 'interactive' },
    })
    expect(grant.timeoutMs).toBeLessThanOrEqual(3_600_000)
    const folder = mkdtempSync(join(tmpdir(), 'hb-terminal-'))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, 'run')])
    const publicKey = readFileSync(join(folder, 'run.pub'), 'utf8').trim()
    const proof = h.signAsGateway(certificateProofText({ envelope: work.grant, publicKey, gatewayId: h.gatewayId }))
    const signed = await h.gateway<{ certificate: string }>('certificates', { envelope: work.grant, publicKey, proof })
    expect(signed.status, JSON.stringify(signed.body)).toBe(200)
    writeFileSync(join(folder, 'run-cert.pub'), `${signed.body.certificate}\n`)
    const shown = execFileSync('ssh-keygen', ['-L', '-f', join(folder, 'run-cert.pub')], { encoding: 'utf8' })
    expect(shown).toContain('permit-pty')
    expect(shown).not.toContain('port-forwarding')
    expect(shown).toContain(`: hb-session=${id};`)
  })

  test('the signer asks for itself: another account and a second person who has gone are a no', async () => {
    const emergency = await n.executing()
    const id = await on.recording(emergency)
    await absent(emergency.id)
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('emergency.second_absent')
    await n.present(emergency.id, 'qian.wei')
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('done')
    const work = (await h.claim()).find((item) => item.kind === 'run')!
    if (work.kind !== 'run') throw new Error('no run')
    const grant = JSON.parse(work.grant.payload)
    await expect(h.signing.signExecutionGrant({ ...grant, account: 'root' })).rejects.toMatchObject({
      code: 'session.grant_emergency_unknown',
    })
    await absent(emergency.id)
    await expect(h.signing.signExecutionGrant({ ...grant, nonce: 'b'.repeat(32) })).rejects.toMatchObject({
      code: 'session.grant_reviewer_absent',
    })
  })

  test('is held while the second person is away, and ends with its emergency', async () => {
    const emergency = await n.executing()
    const id = await on.started(emergency)
    await h.claim()
    await absent(emergency.id)
    await h.composed.jobs.terminals()
    expect(await stateOf(id)).toBe('paused')
    const [open, silence] = await h.composed.levels()
    expect(open!.samples).toContainEqual({
      labels: { plane: 'platform', mode: 'interactive', state: 'reviewer-absent' },
      value: 1,
    })
    expect(silence!.samples).toContainEqual({ labels: { gateway: h.gatewayId, plane: 'platform' }, value: expect.any(Number) })
    expect((await h.claim()).filter((work) => 'sessionId' in work && work.sessionId === id)).toMatchObject([
      { kind: 'pause', reason: 'reviewer-absent' },
    ])
    await n.present(emergency.id, 'qian.wei')
    await h.composed.jobs.terminals()
    expect(await stateOf(id)).toBe('live')
    await h.claim()
    await n.stabilised(emergency.id)
    expect(await stateOf(id)).toBe('closed')
    expect((await h.claim()).filter((work) => 'sessionId' in work && work.sessionId === id)).toMatchObject([
      { kind: 'close', drain: false },
    ])
  })

  test('what somebody else held goes on when somebody says so, and not by itself', async () => {
    const emergency = await n.executing()
    const id = await on.started(emergency)
    const held = await h.gateway(`sessions/${id}/pause`, { reason: 'gateway-lost', detail: 'x' })
    expect(held.status, JSON.stringify(held.body)).toBe(200)
    await n.present(emergency.id, 'qian.wei')
    await h.composed.jobs.terminals()
    expect(await stateOf(id)).toBe('paused')
  })

  test('while the signer is away its one terminal is not used up', async () => {
    const id = await on.recording(await n.executing())
    const away = vi.spyOn(h.signing, 'signExecutionGrant').mockRejectedValueOnce(new Unavailable('signer', true))
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('part.unavailable')
    away.mockRestore()
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('done')
    expect(await on.codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('session.terminal_begun')
    const issued = await owner.query(`select 1 from ledger_record where act = 'grant.issued' and object = $1`, [`session/${id}`])
    expect(issued.rowCount).toBe(1)
  })

  test('RL-19 the database registers none without an emergency that admits it, whoever asks', async () => {
    const emergency = await n.executing()
    const { rows } = await owner.query(`select tenant_id, person_id from account where login = 'qian.wei'`)
    const insert = async (executor: string, account: string): Promise<string> => {
      await app.query('begin')
      try {
        await app.query(`select set_config('app.tenant_id', $1, true)`, [rows[0].tenant_id])
        await app.query(
          `insert into session_record (id, tenant_id, plane, mode, state, change_id, change_no, title, executor_id, executor_name, target_names, target_id, account, door, source_ip, gateway_id, requested_at)
            values ($1, $2, 'platform', 'interactive', 'requested', $3, $4, 'x', $5, 'x', '{portal-web-01}', $6, $7, 'rest', '', 'gw', now())`,
          [newId(), rows[0].tenant_id, emergency.id, emergency.no, executor, await n.targetId('portal-web-01'), account],
        )
        return 'done'
      } catch (cause) {
        return /^[a-z_]+\.[a-z_]+/.exec((cause as Error).message)?.[0] ?? String(cause)
      } finally {
        await app.query('rollback')
      }
    }
    const executor = await n.personId('zhao.ming')
    expect(await insert(executor, 'hb-app')).toBe('done')
    expect(await insert(executor, 'root')).toBe('session.no_purpose')
    expect(await insert(rows[0].person_id, 'hb-app')).toBe('session.no_purpose')
  })
})

describe('an interactive step of a plan', () => {
  const terminalStep = {
    key: 'shell',
    title: '人工核对表空间',
    phase: 'execute' as const,
    account: 'hb-app',
    danger: 4,
    action: { kind: 'interactive' as const, purpose: '厂商工具只有交互界面' },
    expect: { exitCodes: [0], checks: [] },
    rollback: {
      kind: 'action' as const,
      action: { kind: 'command' as const, line: 'appctl rollback' },
      expect: { exitCodes: [0], checks: [] },
    },
    timeoutSeconds: 60,
    repeat: 'onceOnly' as const,
  }
  const withStep = async (over: object = {}) => {
    const targets = (await owner.query(`select id from cmdb_target where name like 'portal-web-%' order by name`)).rows.map(
      ({ id }) => id,
    )
    const { steps } = portalPlan(targets)
    return { steps: [steps[0]!, { ...terminalStep, ...over }, steps[2]!] }
  }
  const lint = async (over: object): Promise<string[]> => {
    const draft = await h.draftChange()
    const targets = (await owner.query(`select id from cmdb_target where name like 'portal-web-%' order by name`)).rows.map(
      ({ id }) => id,
    )
    const plan = { ...portalPlan(targets), ...(await withStep(over)) }
    const answer = await h.call('zhao.ming', 'POST', `/changes/${draft.id}/lint`, { plan, windowStart: null, windowEnd: null })
    const { findings } = answer.body as unknown as { findings: { code: string; severity: string }[] }
    return findings.filter(({ code }) => code.startsWith('terminal.')).map(({ code }) => code)
  }

  test('is what approvers see: an execute step of danger 4 or 5, once only', async () => {
    expect(await lint({})).toEqual(['terminal.interactive'])
    expect(await lint({ danger: 3 })).toContain('terminal.danger')
    expect(await lint({ repeat: 'idempotent' })).toContain('terminal.once')
    expect(await lint({ phase: 'verify', rollback: null })).toContain('terminal.out_of_place')
  })

  test('runs in its turn with the reviewer there and signed for, and the signer makes no other terminal of it', async () => {
    const { id, no } = await h.scheduledChange({ plan: await withStep() })
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    let due = await h.read(id)
    // Both targets are looked at, and their items taken down, before anything is changed on either.
    for (; due.next?.stepKey !== 'shell'; due = await h.read(id)) {
      await h.runNext(due)
      await h.carryOut({ exitCode: 0, stdout: 'state=running' })
    }
    expect(due.next).toMatchObject({ stepKey: 'shell', needsCosign: true })
    await h.act('qian.wei', id, 'cosign', { stepKey: 'shell', targetId: due.next!.targetId, phase: 'execute' })
    await h.runNext(await h.read(id))
    const work = (await h.claim()).find((item) => item.kind === 'run')!
    if (work.kind !== 'run') throw new Error('no run')
    const grant = ExecutionGrant.parse(JSON.parse(work.grant.payload))
    expect(grant).toMatchObject({ kind: 'planned', command: { kind: 'interactive', purpose: '厂商工具只有交互界面' } })
    const again = (over: object) => h.signing.signExecutionGrant({ ...grant, nonce: 'c'.repeat(32), ...over })
    await expect(again({})).resolves.toBeDefined()
    await expect(again({ reviewer: null })).rejects.toMatchObject({ code: 'session.grant_reviewer_differs' })
    await expect(again({ command: { kind: 'interactive', purpose: '别的' } })).rejects.toMatchObject({
      code: 'session.grant_command_differs',
    })
    await expect(again({ phase: 'verify' })).rejects.toMatchObject({ code: 'session.grant_change_unknown' })
    // Its target never told of it: that is judged as of any terminal.
    await h.gateway(`grants/${grant.id}/started`, { bootId: h.bootId })
    const output = { stdout: '$ exit', stderr: '', stdoutBytes: 6, stderrBytes: 0, outputSha256: '0'.repeat(64), durationMs: 9 }
    const end = { bootId: h.bootId, outcome: 'exited', exitCode: 0, signal: null, detail: '', ...output }
    expect((await h.gateway(`grants/${grant.id}/finished`, end)).status).toBe(200)
    await owner.query(`update session_record set state = 'closed', closed_at = now() where id = $1`, [grant.sessionId])
    await h.at(new Date(Date.now() + waitMs + 1_000), async () => h.composed.jobs.reconciliation())
    expect((await h.call('zhao.ming', 'GET', `/sessions/${grant.sessionId}/executions`)).body).toMatchObject({
      verdict: 'unknown',
    })
  })
})

describe('what was typed (NT-D08, S8)', () => {
  test('is read by an auditor and a security administrator together, told to whom it was, and by nobody else', async () => {
    const id = await on.recorded(await n.executing(), 'Tr0ub4dor&3\r')
    const path = `/sessions/${id}/keystroke-requests`
    const replay = await h.app.inject({
      method: 'GET',
      url: `/api/v1/sessions/${id}/recording`,
      headers: { authorization: `Bearer ${await h.logOn(auditor)}` },
    })
    expect(replay.payload).toContain('Password: ')
    expect(replay.payload).not.toContain('"k"')
    expect(await on.codeOf('zhao.ming', path, { reason: 'x' })).toBe('access.denied')
    const asked = (await h.call(auditor, 'POST', path, { reason: '核查口令是否外泄' })).body as unknown as { id: string }
    const listed = async (login: string) => (await h.call(login, 'GET', path)).body as unknown as Record<string, unknown>
    expect(await listed(security)).toMatchObject({ refusal: null, items: [{ id: asked.id }] })
    expect((await listed('zhao.ming')).code, 'nobody of the session learns that it is looked into').toBe('access.denied')
    const at = `${path}/${asked.id}`
    expect(await on.codeOf(auditor, `${at}/read`), 'nobody agreed').toBe('session.keys_request_over')
    expect(await on.codeOf(auditor, `${at}/agree`), 'the same person').toBe('session.keys_same_side')
    await expect(
      h.signing.openKeystrokes({ requestId: asked.id, sessionId: id, announcement: 'x25519-aes256gcm:AAAA' }),
    ).rejects.toMatchObject({ code: 'session.keys_same_side' })
    expect(await on.codeOf(security, `${at}/agree`)).toBe('done')
    const read = await h.call(auditor, 'POST', `${at}/read`, {})
    expect(read.body).toEqual({ pieces: [{ atMs: 1200, text: 'Tr0ub4dor&3␍' }], cut: false })
    expect(await on.codeOf(security, `${at}/read`)).toBe('done')
    expect(await on.codeOf('zhang.qi', `${at}/read`), 'another unit’s').toBe('session.not_found')
    const acts = (
      await owner.query(`select act from ledger_record where object = $1 and act like 'keystrokes.%' order by seq`, [
        `session/${id}`,
      ])
    ).rows.map((row) => row.act)
    expect(acts).toEqual(['keystrokes.asked', 'keystrokes.agreed', 'keystrokes.read', 'keystrokes.read'])
    const told = await owner.query(
      `select count(*)::int as told from notification where kind = 'keystrokes.read' and person_id = $1`,
      [await n.personId('zhao.ming')],
    )
    expect(told.rows[0].told).toBe(2)
    await owner.query('alter table session_keystroke_request disable trigger guard')
    await owner.query(
      `update session_keystroke_request set asked_at = asked_at - interval '2 hours', agreed_at = agreed_at - interval '2 hours', expires_at = expires_at - interval '2 hours' where id = $1`,
      [asked.id],
    )
    await owner.query('alter table session_keystroke_request enable trigger guard')
    expect(await on.codeOf(auditor, `${at}/read`), 'the hour is over').toBe('session.keys_request_over')
    await expect(
      h.signing.openKeystrokes({ requestId: asked.id, sessionId: id, announcement: 'x25519-aes256gcm:AAAA' }),
    ).rejects.toMatchObject({ code: 'session.keys_request_over' })
  })

  test('all of what was pasted in one go is shown', async () => {
    const id = await on.recorded(await n.executing(), 'x'.repeat(30_000))
    const path = `/sessions/${id}/keystroke-requests`
    const { id: requestId } = (await h.call(auditor, 'POST', path, { reason: 'x' })).body as unknown as { id: string }
    expect(await on.codeOf(security, `${path}/${requestId}/agree`)).toBe('done')
    const read = (await h.call(auditor, 'POST', `${path}/${requestId}/read`, {})).body as unknown as {
      pieces: { text: string }[]
      cut: boolean
    }
    expect([read.pieces.map(({ text }) => text.length), read.cut]).toEqual([[20_000, 10_000], false])
  })

  test('S8 the database lets nobody ask or agree for another, nor from a side that is not theirs', async () => {
    const id = await on.recorded(await n.executing(), 'x')
    const [one, two] = [await n.personId(auditor), await n.personId(security)]
    const { rows } = await owner.query(`select tenant_id from session_record where id = $1`, [id])
    const as = async (person: string, text: string, values: unknown[]): Promise<string> => {
      await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
        rows[0].tenant_id,
        person,
      ])
      await app.query('savepoint one')
      return app.query(text, values).then(
        () => 'done',
        async (cause: Error) => {
          await app.query('rollback to one')
          return /^[a-z_]+\.[a-z_]+/.exec(cause.message)?.[0] ?? String(cause)
        },
      )
    }
    const request = newId()
    const ask = (speaker: string, by: string, side: string) =>
      as(
        speaker,
        `insert into session_keystroke_request (id, session_id, tenant_id, reason, asked_by, asked_name, asked_side, asked_at, expires_at)
          values ($1, $2, $3, 'x', $4, 'x', $5, now(), now() + interval '10 minutes')`,
        [request, id, rows[0].tenant_id, by, side],
      )
    const agree = (speaker: string, by: string, side: string) =>
      as(
        speaker,
        `update session_keystroke_request set agreed_by = $2, agreed_name = 'x', agreed_side = $3, agreed_at = now() where id = $1`,
        [request, by, side],
      )
    await app.query('begin')
    try {
      expect(await ask(two, one, 'audit'), 'for another').toBe('session.keys_not_yours')
      expect(await ask(one, one, 'security'), 'of the other side').toBe('session.keys_not_yours')
      expect(await ask(await n.personId('li.na'), await n.personId('li.na'), 'audit'), 'of no side').toBe(
        'session.keys_not_yours',
      )
      expect(await ask(one, one, 'audit')).toBe('done')
      expect(await agree(one, two, 'security'), 'for another').toBe('session.keys_not_yours')
      expect(await agree(two, two, 'security')).toBe('done')
    } finally {
      await app.query('rollback')
    }
  })
})

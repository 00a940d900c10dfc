import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, apiClient, ProblemError } from '@huabiao/kit/http/client'
import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { logOn } from '../browser.ts'
import type { SshClient } from '../ssh-client.ts'
import type { Answer, Door, ExecAttempt, Made, RedLine, TypedAttempt } from './attack.ts'
import type { Scene } from './scene.ts'

/** One runner for each door: makes every attempt of a red line there, and answers what the door said. */

const made = (line: RedLine, door: Door, tried: string, answer: Answer): Made => ({
  rule: line.rule,
  by: line.by,
  door,
  tried,
  answer,
})
/** The end of the wait is the failure: what was expected, and what stood there instead. */
async function until<T>(find: () => T | undefined, what: () => string, timeoutMs = 60_000): Promise<T> {
  for (const end = performance.now() + timeoutMs; ; await sleep(100)) {
    const found = find()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`never came: ${what()}`)
  }
}

async function answerOf(attempt: Promise<unknown>): Promise<Answer> {
  try {
    await attempt
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return [error.problem.code, error.problem.rule].filter(Boolean).join(' · ')
  }
  return 'done'
}
async function calls(door: Door, api: ApiClient, scene: Scene, line: RedLine): Promise<Made[]> {
  const all: Made[] = []
  for (const { tried, send } of line.calls) all.push(made(line, door, tried, await answerOf(send(api, scene))))
  return all
}

export const byRest = async (scene: Scene, line: RedLine): Promise<Made[]> =>
  calls('REST', await scene.on.as(line.by), scene, line)

/** The interface as the console's own page reaches it: the cookie of its session, its origin, its header. */
const apiOfPage = (page: Page): ApiClient =>
  apiClient({
    baseUrl: '',
    headers: () => ({ 'x-huabiao-csrf': '1' }),
    fetch: async (url, init) => {
      const sent = { url: String(url), method: init?.method, headers: init?.headers, body: init?.body }
      const { status, text } = await page.evaluate(async (request) => {
        const { url: to, ...rest } = request
        const answer = await fetch(to, { ...rest, credentials: 'same-origin' } as RequestInit)
        return { status: answer.status, text: await answer.text() }
      }, sent)
      return new Response(text, { status })
    },
  })

export async function byConsole(scene: Scene, line: RedLine, page: Page): Promise<Made[]> {
  const { path, offers } = line.console
  await page.goto(scene.on.url + path(scene))
  await page.locator('h1').first().waitFor()
  const all: Made[] = []
  if ('press' in offers) all.push(made(line, 'console', offers.tried, await offers.press(page)))
  else if ('disabled' in offers) {
    const button = page.locator('button[aria-disabled=true]').filter({ hasText: offers.disabled }).first()
    await button.waitFor()
    await button.focus()
    await page.locator('.ant-tooltip:not(.ant-tooltip-hidden)', { hasText: offers.rule }).first().waitFor()
    // Pressed all the same: nothing opens, nothing is sent.
    await button.click({ force: true })
    assert.equal(await page.getByRole('dialog').count(), 0)
    all.push(made(line, 'console', `press ${offers.disabled.source}`, `disabled, and says ${offers.rule}`))
  } else {
    await page.waitForTimeout(500)
    const count = await page.getByRole('button', { name: offers.absent }).count()
    all.push(made(line, 'console', `look for ${offers.absent.source}`, count === 0 ? 'no such button' : `${count} buttons`))
  }
  return [...all, ...(await calls('console', apiOfPage(page), scene, line))]
}

/** A prompt of the bastion, however it is reached: what it has shown, and how a line is typed. */
export interface Prompt {
  shown(): string
  type(text: string): Promise<void>
}
const said = /[a-z]+\.[a-z_]+ · RL-\d\d/
const cleared = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor of a terminal
  text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r/g, '')

export async function byPrompt(scene: Scene, line: RedLine, door: 'ssh shell' | 'web terminal', prompt: Prompt): Promise<Made[]> {
  const all: Made[] = []
  for (const attempt of line.typed)
    all.push(made(line, door, attempt.lines(scene).join(' ⏎ '), await typed(prompt, attempt, scene)))
  return all
}
async function typed(prompt: Prompt, attempt: TypedAttempt, scene: Scene): Promise<Answer> {
  let from = prompt.shown().length
  const seen = (): string => cleared(prompt.shown().slice(from))
  const lines = attempt.lines(scene)
  for (const [i, text] of lines.entries()) {
    from = prompt.shown().length
    await prompt.type(text)
    // A question has come, or the next prompt: both end without a line feed.
    if (i < lines.length - 1)
      await until(
        () => /(> |：|: )$/.exec(seen()) ?? undefined,
        () => `a prompt after ${text}\n${seen()}`,
      )
  }
  const found = await until(
    () => said.exec(seen()) ?? undefined,
    () => `a refusal of ${lines.at(-1)}\n${seen()}`,
  )
  await until(
    () => /> $/.exec(seen()) ?? undefined,
    () => `the prompt again\n${seen()}`,
  )
  return found[0]
}

export async function openShell(
  scene: Scene,
  client: SshClient,
  options: readonly string[] = [],
): Promise<Prompt & { end(): Promise<void> }> {
  const { child, seen, ended } = await client.start('ssh', [
    '-tt',
    ...options,
    '-p',
    String(scene.on.sshPort),
    `${client.login}@127.0.0.1`,
  ])
  await until(
    () => (/> $/.test(cleared(seen.out)) ? true : undefined),
    () => `a prompt for ${client.login}\n${seen.out}`,
    120_000,
  )
  return {
    shown: () => seen.out,
    type: async (text) => void child.stdin.write(`${text}\r`),
    end: async () => {
      child.stdin.write('quit\r')
      assert.equal((await ended).code, 0)
    },
  }
}
/** The console's own terminal page: keys go through the browser, and what came back is read off its WebSocket. */
export async function openTerminal(scene: Scene, page: Page): Promise<Prompt> {
  let shown = ''
  page.removeAllListeners('websocket')
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      shown += String(payload)
    }),
  )
  await page.goto(`${scene.on.url}/terminal`)
  await until(
    () => (/> $/.test(cleared(shown)) ? true : undefined),
    () => `a prompt in the browser\n${shown}`,
  )
  await page.locator('.xterm-helper-textarea').focus()
  return {
    shown: () => shown,
    type: async (text) => {
      await page.keyboard.type(text)
      await page.keyboard.press('Enter')
    },
  }
}
export async function openConsole(browser: Browser, scene: Scene, login: string): Promise<Page> {
  const page = await logOn(browser, scene.on, login)
  page.setDefaultTimeout(120_000)
  page.setDefaultNavigationTimeout(120_000)
  await rest(page)
  return page
}
/** Out of the way until it is needed: ten pages that ask for news make each other slow. */
export const rest = (page: Page): Promise<unknown> => page.goto('about:blank')

export async function byExec(scene: Scene, line: RedLine, client: SshClient): Promise<Made[]> {
  const all: Made[] = []
  for (const attempt of line.exec) {
    const command = attempt.command(scene)
    const options = attempt.options?.(scene) ?? []
    const { code, out } = await client.run('ssh', [
      '-p',
      String(scene.on.sshPort),
      ...options,
      `${client.login}@127.0.0.1`,
      ...command,
    ])
    assert.notEqual(code, 0, `${line.rule} by ssh exec ended well: ${out}`)
    all.push(made(line, 'ssh exec', [...options, ...command].join(' '), answerOfExec(attempt, out)))
  }
  return all
}
function answerOfExec(attempt: ExecAttempt, out: string): Answer {
  if (!attempt.prints) return said.exec(cleared(out))?.[0] ?? `said nothing: ${out}`
  assert.match(out, attempt.prints)
  return attempt.answer
}

/** With the application's own role, in the tenant of the row and for the person, as the application would say. */
export const bySql = (scene: Scene, line: RedLine): Promise<Made[]> =>
  statements('SQL', scene, line, { tenantId: scene.tenantId, personId: scene.personIds[line.by]! })

/** Who has in the other provider the post that this person has in theirs. */
const colleagues: Readonly<Record<string, string>> = {
  'yang.an': 'zhang.qi',
  'sun.jie': 'lv.bin',
  'li.na': 'lv.bin',
  'zhou.yan': 'lv.bin',
}
/** The same calls and statements by somebody of another tenant. */
export async function bySecondTenant(scene: Scene, line: RedLine): Promise<Made[]> {
  const by = colleagues[line.by] ?? 'he.chen'
  const of = { ...line, by }
  const as = { tenantId: scene.otherTenantId, personId: scene.personIds[by]! }
  return [
    ...(await calls('second tenant', await scene.on.as(by), scene, of)),
    ...(await statements('second tenant', scene, of, as)),
  ]
}

async function statements(
  door: 'SQL' | 'second tenant',
  scene: Scene,
  line: RedLine,
  as: { tenantId: string; personId: string },
): Promise<Made[]> {
  const client = new pg.Client({ connectionString: scene.on.database.app, application_name: `attack ${line.rule}` })
  await client.connect()
  const all: Made[] = []
  try {
    for (const { statement } of line.sql) {
      await client.query('begin')
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
        as.tenantId,
        as.personId,
      ])
      const answer = await client.query(statement(scene)).then(
        ({ rowCount }) => `done, ${rowCount} rows`,
        (error: pg.DatabaseError) => `${error.code} ${error.message}`,
      )
      await client.query('commit')
      all.push(made(line, door, statement(scene).replace(/\s+/g, ' ').trim(), answer))
    }
  } finally {
    await client.end()
  }
  return all
}

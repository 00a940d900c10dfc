import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import { type Browser, chromium, type Page } from 'playwright-core'
import { accessLines } from '../attacks/access-lines.ts'
import { type Answer, type Door, doors, type Made, type RedLine } from '../attacks/attack.ts'
import { bastionLines } from '../attacks/bastion-lines.ts'
import { changeLines } from '../attacks/change-lines.ts'
import {
  byConsole,
  byExec,
  byPrompt,
  byRest,
  bySql,
  openConsole,
  openShell,
  openTerminal,
  type Prompt,
  rest,
} from '../attacks/doors.ts'
import { keepPresent, parts, type Scene, setScene, stateOf, strike, turnScene } from '../attacks/scene.ts'
import type { Deployment } from '../deployment.ts'
import { registered, type SshClient } from '../ssh-client.ts'
import { executable } from './console.ts'

/** Every red line of the main job, attacked through every door: refused with its reason, without effect, and recorded. */

const lines: readonly RedLine[] = [...changeLines, ...bastionLines, ...accessLines].sort((a, b) => a.rule.localeCompare(b.rule))
const wanted = 'RL-01 RL-02 RL-04 RL-05 RL-06 RL-07 RL-08 RL-09 RL-11 RL-15 RL-17 RL-18 RL-19 RL-21 RL-23 RL-27 RL-28 RL-36'
const golden = join(import.meta.dirname, '..', '..', 'golden', 'attack-matrix.md')

/** Somebody with everything they need to attack: a browser, an OpenSSH client, and its prompt. */
interface Attacker {
  readonly page: Page
  readonly client: SshClient
  readonly shell: Prompt & { end(): Promise<void> }
}

export async function attackMatrix(on: Deployment): Promise<void> {
  assert.equal(lines.map((line) => line.rule).join(' '), wanted, 'the red lines that the matrix must hold')
  assert.ok(executable, 'Chromium is installed')
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })
  try {
    const scene = await setScene(on)
    const attackers = await arrive(browser, scene)
    const made = await attackAll(scene, attackers, ['run', 'soak'], (line) => !line.later)
    await turnScene(scene)
    made.push(...(await attackAll(scene, attackers, ['ready', 'soak'], (line) => line.later === true)))
    await Promise.all([...attackers.values()].map(({ shell }) => shell.end()))
    await assertRecorded(on, made)
    assertLogged(on, made)
    assertGolden(scene, made)
    await strike(scene)
  } finally {
    await browser.close()
  }
}

async function arrive(browser: Browser, scene: Scene): Promise<Map<string, Attacker>> {
  const end = keepPresent(scene, ['run', 'soak'])
  const logins = [...new Set(lines.map((line) => line.by))]
  const arrived = await Promise.all(
    logins.map(async (login): Promise<[string, Attacker]> => {
      const client = await registered(scene.on, login)
      const page = await few(() => openConsole(browser, scene, login))
      const shell = await openShell(scene, client)
      return [login, { page, client, shell }]
    }),
  )
  end()
  return new Map(arrived)
}

/** A browser's page costs a core while it opens; three at a time do not make each other late. */
const few = atMost(3)
function atMost(slots: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = slots
  return async (run) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

/** All persons at once; what the platform and the targets held before, they hold afterwards. */
async function attackAll(
  scene: Scene,
  attackers: ReadonlyMap<string, Attacker>,
  present: readonly ('run' | 'soak' | 'ready')[],
  which: (line: RedLine) => boolean,
): Promise<Made[]> {
  const before = await stateOf(scene)
  const end = keepPresent(scene, present)
  const chosen = lines.filter(which)
  const made = await Promise.all(
    [...attackers].map(([login, attacker]) =>
      turnOf(
        scene,
        attacker,
        chosen.filter(({ by }) => by === login),
      ),
    ),
  )
  end()
  assertAnswers(chosen, made.flat())
  assert.deepEqual(await stateOf(scene), before, 'an attack had an effect')
  return made.flat()
}
/** One person's turn: page by page in the browser, then line by line at every prompt. */
async function turnOf(scene: Scene, { page, client, shell }: Attacker, own: readonly RedLine[]): Promise<Made[]> {
  if (own.length === 0) return []
  const mine: Made[] = []
  // A door that answers with something else altogether is told with the rest, so that one run shows all of them.
  const at = async (line: RedLine, door: Door, attempts: Promise<Made[]>): Promise<void> => {
    const failed = (error: Error): Made[] => [
      { rule: line.rule, by: line.by, door, tried: '', answer: `failed: ${error.message.slice(0, 600)}` },
    ]
    mine.push(...(await attempts.catch(failed)))
  }
  for (const line of own) {
    const inBrowser = few(() => byConsole(scene, line, page))
    await at(line, 'console', inBrowser)
    await at(line, 'REST', byRest(scene, line))
    await at(line, 'SQL', bySql(scene, line))
  }
  const terminal = await few(() => openTerminal(scene, page))
  for (const line of own) {
    await at(line, 'ssh shell', byPrompt(scene, line, 'ssh shell', shell))
    await at(line, 'web terminal', byPrompt(scene, line, 'web terminal', terminal))
    await at(line, 'ssh exec', byExec(scene, line, client))
  }
  await rest(page)
  return mine
}

function expected(line: RedLine, door: Door): Answer[] {
  const { offers } = line.console
  const ofConsole =
    'answer' in offers ? offers.answer : 'disabled' in offers ? `disabled, and says ${offers.rule}` : 'no such button'
  const calls = line.calls.map(({ answer }) => answer)
  const typed = line.typed.map(({ answer }) => answer)
  const table: Record<Door, Answer[]> = {
    REST: calls,
    console: [ofConsole, ...calls],
    'ssh exec': line.exec.map(({ answer }) => answer),
    'ssh shell': typed,
    'web terminal': typed,
    SQL: line.sql.map(({ answer }) => answer),
  }
  return table[door]
}
function assertAnswers(chosen: readonly RedLine[], made: readonly Made[]): void {
  const wrong: string[] = []
  for (const line of chosen)
    for (const door of doors) {
      const due = expected(line, door)
      // Nobody skips a door: a red line without an attack there is a hole in the matrix.
      if (due.length === 0) wrong.push(`${line.rule} is not attacked by ${door}`)
      const cell = made.filter((one) => one.rule === line.rule && one.door === door)
      const answers = cell.map(({ answer }) => answer)
      if (answers.join('\n') !== due.join('\n'))
        wrong.push(
          `${line.rule} by ${door}: ${cell.map(({ tried }) => tried).join(' | ')}\n  said ${answers.join(' | ')}\n  due  ${due.join(' | ')}`,
        )
    }
  assert.equal(wrong.join('\n'), '')
}

const doorInLedger: Readonly<Partial<Record<Door, string>>> = {
  REST: 'rest',
  console: 'console',
  'ssh exec': 'ssh',
  'ssh shell': 'ssh',
  'web terminal': 'web-terminal',
}
/** The auditor finds each attempt: who, by which door, which code, which red line. */
async function assertRecorded(on: Deployment, made: readonly Made[]): Promise<void> {
  const due = new Map<string, number>()
  for (const { by, door, answer } of made) {
    const [code, rule] = answer.split(' · ')
    if (!doorInLedger[door] || !rule) continue
    const key = `${on.account(by).name} ${doorInLedger[door]} ${code} ${rule}`
    due.set(key, (due.get(key) ?? 0) + 1)
  }
  const found = new Map<string, number>()
  const auditor = await on.as('zhu.cha')
  for (const { tenantId, plane } of (await auditor(listChains)).items) {
    for (let after: string | undefined; ; ) {
      const query = { tenantId, plane, decision: 'refused' as const, limit: 100, ...(after ? { after } : {}) }
      const { items, next } = await auditor(listLedger, { query })
      for (const row of items) {
        const key = `${row.actorName} ${row.door} ${row.code} ${row.rule}`
        found.set(key, (found.get(key) ?? 0) + 1)
      }
      if (!next) break
      after = next
    }
  }
  const missing = [...due].filter(([key, count]) => (found.get(key) ?? 0) < count)
  assert.deepEqual(missing, [], `refused and not recorded; found: ${[...found].map(([key, n]) => `${key} ×${n}`).join('; ')}`)
}

/**
 * What the database refuses never reaches the application, so no ledger can hold it: PostgreSQL's own log is the record, with the role, the
 * attacker's connection and the statement.
 */
function assertLogged(on: Deployment, made: readonly Made[]): void {
  const log = readFileSync(join(on.state, 'logs', 'postgres.log'), 'utf8')
  for (const { rule, door, answer } of made.filter((one) => one.door === 'SQL')) {
    const message = answer.slice(6)
    assert.ok(
      log.includes(`huabiao_app@huabiao attack ${rule} ERROR:  ${message}`),
      `${rule} by ${door} is not in the log of the database: ${message}`,
    )
    assert.ok(log.includes(`huabiao_app@huabiao attack ${rule} STATEMENT:  `), `${rule}: the statement is not in the log`)
  }
}

function assertGolden(scene: Scene, made: readonly Made[]): void {
  const names = new Map<string, string>()
  for (const [part, change] of Object.entries(scene.changes)) {
    names.set(change.id, `{${part}}`)
    names.set(change.no, `{${part}}`)
    if (change.planHash) names.set(change.planHash, `{hash of ${part}}`)
  }
  for (const [login, id] of Object.entries(scene.personIds)) names.set(id, login)
  for (const [name, id] of Object.entries(scene.targetIds)) names.set(id, name)
  names.set(scene.tenantId, 'hz-cloud-a')
  names.set(`127.0.0.1:${scene.on.targets[0]!.port}`, '{port of portal-web-01}')
  const named = (text: string): string =>
    [...names].reduce((rest, [from, to]) => rest.replaceAll(from, to), text).replaceAll('|', '\\|')
  const text = [
    '# Attack matrix',
    '',
    'Made by `node e2e/run.ts attack` on a real deployment; `HUABIAO_GOLDEN=update` accepts the present answers. Every attempt was refused with',
    'the answer below, changed nothing (rows and files compared before and after), and is recorded: in the ledger with the person, the door, the',
    'code and the red line; for SQL, which no application ever sees, in the log of PostgreSQL with the role, the connection and the statement.',
    'A button that is disabled or missing sends nothing; the same act is then sent from the page, behind its back, and that is recorded.',
    'Where a door has no such act at all, the nearest real line was typed there, and the door says that it has none (RL-21).',
    '',
    'The changes attacked:',
    '',
    ...Object.entries(parts).map(([part, { note }]) => `- \`{${part}}\`: ${note}`),
    '',
  ]
  for (const line of lines) {
    text.push(`## ${line.rule} ${line.says} (${line.by})`, '', '| Door | Tried | Answer |', '|---|---|---|')
    for (const door of doors)
      for (const one of made.filter(({ rule, door: at }) => rule === line.rule && at === door))
        text.push(`| ${door} | \`${named(one.tried)}\` | ${named(one.answer)} |`)
    text.push('')
  }
  const now = text.join('\n')
  if (process.env.HUABIAO_GOLDEN === 'update') writeFileSync(golden, now)
  assert.equal(now, readFileSync(golden, 'utf8'), 'golden/attack-matrix.md: look at the difference, then HUABIAO_GOLDEN=update')
}

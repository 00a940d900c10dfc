import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { getChange, listChanges } from '@huabiao/domains/change/change.contract'
import { beginChange, pauseChange, runNext, sayPresent } from '@huabiao/domains/change/change-execution.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import type { Locale } from '@huabiao/domains/identity/identity.model'
import { closeOwnSession, observeCommand, openObserve, watchSession } from '@huabiao/domains/session/session.contract'
import { redeemTicket } from '@huabiao/domains/session/session-gateway.contract'
import { lineRefusal, observeLine, observeRefusal, parseArgv } from '@huabiao/domains/session/session-observe.model'
import { openTerminal, startTerminal } from '@huabiao/domains/session/session-terminal.contract'
import type { ApiClient } from '@huabiao/kit/http/client'
import { nextText, paint, resultText, statusText } from './broker-screens.ts'
import { feedOf, type Sitting, sitDown } from './broker-terminal.ts'
import { refusalText, type Say, sayIn, type Word } from './broker-words.ts'
import { codeOf } from './control-plane.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Refusals, Reportable } from './refusals.ts'
import type { Size } from './terminal.ts'

const presenceMs = 10_000
/** How long opening a session may take before the person is told that there is none. */
const openMaxMs = 15_000

/** How often the result of a step is asked for: soon at first, since most steps are short. */
const pollFirstMs = 20
const pollMs = 300
const runWaitMs = 3_700_000

export interface BrokerPerson {
  readonly id: string
  readonly name: string
  readonly locale: Locale
  readonly sourceIp: string
}
/** What the broker talks to: a terminal, or the two streams of an exec channel. */
export interface BrokerIo {
  write(text: string): void
  /** Undefined at the end of the input. Absent where there is no terminal. */
  readonly ask?: (prompt: string, keep?: boolean) => Promise<string | undefined>
  onInterrupt(act: (() => void) | undefined): void
  readonly colours: boolean
  readonly signal: AbortSignal
  /** Every key as it comes, and the size; answers how to give the keys back. Absent where there is no terminal. */
  readonly raw?: (onKeys: (bytes: Buffer) => void, onSize: (size: Size) => void) => () => void
}

/**
 * The prompt of the bastion. It is a client of the REST interface with the person's own token: it translates, and never decides.
 * What it may show of a session here without a ticket is only what the person executes themselves.
 */
export class Broker {
  readonly #api: ApiClient
  readonly #gateway: ApiClient
  readonly #sessions: LiveSessions
  readonly #person: BrokerPerson
  readonly #refusals: Refusals
  readonly #io: BrokerIo
  readonly #say: Say
  readonly #gatewayId: string
  #changeId: string | undefined
  #changeNo = ''
  #takesPart = false

  constructor(of: {
    api: ApiClient
    gateway: ApiClient
    sessions: LiveSessions
    person: BrokerPerson
    refusals: Refusals
    io: BrokerIo
    gatewayId: string
  }) {
    this.#api = of.api
    this.#gateway = of.gateway
    this.#sessions = of.sessions
    this.#person = of.person
    this.#refusals = of.refusals
    this.#io = of.io
    this.#gatewayId = of.gatewayId
    this.#say = sayIn(of.person.locale)
  }

  /** The interactive prompt, until quit or the end of the input. */
  async prompt(): Promise<void> {
    this.#line(this.#say('welcome', { name: this.#person.name }))
    this.#line(this.#say('onlyPlan'))
    const beat = setInterval(() => void this.#present(), presenceMs)
    try {
      for (;;) {
        const line = await this.#io.ask?.(this.#paint('prompt', `${this.#changeNo || '华表'}> `))
        if (line === undefined || this.#io.signal.aborted) return
        const words = line.trim().split(/\s+/)
        if (words[0] === '') continue
        if (words[0] === 'quit' || words[0] === 'exit') return this.#line(this.#say('bye'))
        await this.execute(words)
      }
    } finally {
      clearInterval(beat)
    }
  }

  /** Runs one command; answers the exit status of an exec channel. */
  async execute(words: readonly string[]): Promise<number> {
    const [verb = '', first, ...rest] = words
    try {
      switch (verb) {
        case 'help':
          return this.#ok(this.#say('help'))
        case 'changes':
          return await this.#changes()
        case 'open':
          return await this.#withChange(first, (change) => this.#ok(statusText(change, this.#say)))
        case 'status':
          return await this.#withChange(first, (change) => this.#ok(statusText(change, this.#say)))
        case 'next':
          return await this.#withChange(first, (change) => this.#ok(nextText(change, this.#say, this.#io.colours)))
        case 'begin':
          return await this.#withChange(first, (change) => this.#begin(change, rest[0]))
        case 'run':
          return await this.#withChange(first, (change) => this.#run(change, rest[0]))
        case 'pause':
          return await this.#pause(words.slice(1))
        case 'watch':
          return await this.#withChange(first, (change) => this.#watch(change))
        case 'observe':
          return await this.#observe(first, rest[0])
        case 'terminal':
          return await this.#terminal(first, rest[0], rest[1])
      }
      this.#line(this.#say('unknown', { word: plain(verb).slice(0, 40) }))
      return this.#refuse(verb || 'prompt', lineRefusal(words.join(' ')), words.join(' '))
    } catch (cause) {
      if (this.#io.signal.aborted) return 1
      return this.#refused(refusalText(codeOf(cause), this.#person.locale))
    }
  }

  async #changes(): Promise<number> {
    const { executing, waiting } = await this.#api(getMyWork)
    const rows = new Map(executing.map((change) => [change.id, { change, act: '' }]))
    for (const { act, change } of waiting) rows.set(change.id, { change, act })
    if (rows.size === 0) return this.#ok(this.#say('none'))
    for (const { change, act } of rows.values())
      this.#line(`  ${change.no}  ${change.state}  ${change.risk}  ${plain(change.title)}${act ? `  [${act}]` : ''}`)
    return 0
  }

  async #withChange(no: string | undefined, act: (change: ChangeDetail) => number | Promise<number>): Promise<number> {
    if (no === undefined) {
      if (!this.#changeId) return this.#refused(this.#say('noChange'))
      return act(await this.#api(getChange, { params: { changeId: this.#changeId } }))
    }
    // Not a number is not a change that might be hidden from somebody; it is a line that nobody can read here.
    if (!changeNo.test(no)) return this.#refuse('prompt', 'session.direct_shell_refused', no)
    const found = await this.#find(no)
    if (!found) return this.#refused(this.#say('notFound', { no: plain(no).slice(0, 40) }))
    this.#changeId = found.id
    this.#changeNo = found.no
    this.#takesPart = [found.executor?.id, found.reviewer?.id].includes(this.#person.id)
    return act(found)
  }
  async #find(no: string): Promise<ChangeDetail | undefined> {
    const { items } = await this.#api(listChanges, { query: { text: no } })
    const match = items.find((item) => item.no.toUpperCase() === no.toUpperCase())
    return match && (await this.#api(getChange, { params: { changeId: match.id } }))
  }

  async #begin(change: ChangeDetail, typed: string | undefined): Promise<number> {
    const confirm = typed ?? (await this.#io.ask?.(this.#say('confirmNo', { no: change.no }), false))
    if (confirm?.trim() !== change.no) return this.#unconfirmed('begin', 'change.confirmation_mismatch', confirm)
    await this.#api(beginChange, { params: { changeId: change.id }, body: { confirm: change.no }, ifMatch: change.version })
    await this.#present()
    return this.#ok(this.#say('begun'))
  }

  async #run(change: ChangeDetail, typed: string | undefined): Promise<number> {
    const { next } = change
    this.#line(nextText(change, this.#say, this.#io.colours))
    if (!next) return this.#nothingNext(change, typed)
    const confirm = typed ?? (await this.#io.ask?.(this.#say('confirmStep', { key: next.stepKey }), false))
    // A step that was named is meant, and is not the next one; a mistyped answer to the question is a confirmation that failed.
    if (confirm?.trim() !== next.stepKey)
      return this.#unconfirmed('run', typed === undefined ? 'change.confirmation_mismatch' : 'change.not_next_step', confirm)
    const before = new Set(change.runs.map((run) => run.id))
    const mine = change.sessionId && this.#sessions.executorOf(change.sessionId) === this.#person.id
    const feed = mine
      ? this.#sessions.watch(
          change.sessionId as string,
          (text) => this.#io.write(text),
          () => undefined,
        )
      : undefined
    try {
      const params = { changeId: change.id }
      const body = { stepKey: next.stepKey, targetId: next.targetId }
      let now = await this.#api(runNext, { params, body, ifMatch: change.version })
      if (change.sessionId && isTerminal(change)) await sitDown(this.#sitting, change.sessionId, feed)
      const until = Date.now() + runWaitMs
      for (let waitMs = pollFirstMs; ; waitMs = Math.min(2 * waitMs, pollMs)) {
        const run = now.runs.find((candidate) => !before.has(candidate.id))
        if (run && run.state !== 'granted' && run.state !== 'started') {
          // With a feed the output has been seen already.
          this.#line(resultText(run, this.#say, feed === undefined))
          return run.state === 'succeeded' ? 0 : 1
        }
        if (this.#io.signal.aborted || Date.now() > until) return this.#refused(this.#say('waiting'))
        await pause(waitMs, this.#io.signal)
        now = await this.#api(getChange, { params })
      }
    } finally {
      feed?.stop()
    }
  }

  /** Nothing may run now: the control plane says why, and records who tried. */
  async #nothingNext(change: ChangeDetail, typed: string | undefined): Promise<number> {
    const stepKey = typed ?? change.plan.steps[0]?.key
    const targetId = change.targets[0]?.id
    if (!stepKey || !targetId) return 1
    await this.#api(runNext, { params: { changeId: change.id }, body: { stepKey, targetId }, ifMatch: change.version })
    return 1
  }

  async #pause(words: readonly string[]): Promise<number> {
    // With a number in front where there is no opened change, as on an exec channel.
    const named = this.#changeId === undefined ? words[0] : undefined
    const reason = (named === undefined ? words : words.slice(1)).join(' ').trim()
    if (!reason) return this.#refused(this.#say('reasonNeeded'))
    return this.#withChange(named, async (change) => {
      await this.#api(pauseChange, { params: { changeId: change.id }, body: { reason: reason.slice(0, 500) } })
      return this.#ok(this.#say('pausedNow'))
    })
  }

  async #watch(change: ChangeDetail): Promise<number> {
    if (!change.sessionId) return this.#refused(this.#say('noSession'))
    let sessionId = change.sessionId
    if (this.#sessions.executorOf(sessionId) !== this.#person.id) {
      const { ticket } = await this.#api(watchSession, { params: { sessionId } })
      const redeemed = await this.#gateway(redeemTicket, { body: { ticket, sourceIp: this.#person.sourceIp } })
      if (redeemed.kind !== 'watch') return this.#refused(this.#say('noSession'))
      sessionId = redeemed.sessionId
    }
    return new Promise((resolve) => {
      const leave = (word: Word): void => {
        feed?.stop()
        this.#io.onInterrupt(undefined)
        this.#line(`\r\n${this.#say(word)}`)
        resolve(0)
      }
      const feed = this.#sessions.watch(
        sessionId,
        (text) => this.#io.write(text),
        () => leave('ended'),
      )
      if (!feed) return resolve(this.#refused(this.#say('noSession')))
      this.#line(this.#say('watching'))
      this.#io.write(feed.first)
      this.#io.onInterrupt(() => leave('ended'))
    })
  }

  async #observe(name: string | undefined, account: string | undefined): Promise<number> {
    if (!this.#changeId) return this.#refuse('observe', 'session.no_purpose', `observe ${name ?? ''}`)
    if (!this.#io.ask) return this.#refused(this.#say('interactiveOnly'))
    return this.#withChange(undefined, async (change) => {
      const target = change.targets.find((candidate) => candidate.name === name)
      if (!target) return this.#refused(this.#say('noTarget', { name: plain(name ?? '').slice(0, 120) }))
      const body = { targetId: target.id, changeId: change.id, ...(account ? { account } : {}) }
      const session = await this.#api(openObserve, { body })
      try {
        if (!(await this.#sessions.isOpen(session.id, openMaxMs, this.#io.signal))) return this.#refused(this.#say('noSession'))
        this.#line(this.#say('observeHelp'))
        for (;;) {
          const line = await this.#io.ask?.(this.#paint('prompt', `${target.name} observe> `))
          if (line === undefined || line.trim() === 'quit' || line.trim() === 'exit') return 0
          if (line.trim() !== '') await this.#look(session.id, line)
        }
      } finally {
        await this.#api(closeOwnSession, { params: { sessionId: session.id } }).catch(() => undefined)
      }
    })
  }

  async #look(sessionId: string, line: string): Promise<void> {
    const argv = parseArgv(line)
    if (!argv) {
      this.#line(this.#say('badQuotes'))
      return void this.#refuse('observe', observeRefusal(line), line)
    }
    if (observeLine(argv) === undefined) return void this.#refuse('observe', observeRefusal(line), line)
    let seen = false
    const feed = this.#sessions.watch(
      sessionId,
      (text) => {
        seen ||= /── (exit|killed|timed-out|unknown|not-started|signalled)/.test(text)
        this.#io.write(text)
      },
      () => {
        seen = true
      },
    )
    if (!feed) return void this.#refused(this.#say('noSession'))
    try {
      await this.#api(observeCommand, { params: { sessionId }, body: { argv } })
      // The recorder writes the outcome last; a command that only reads has a bound of its own.
      for (const until = Date.now() + 120_000; !seen && Date.now() < until && !this.#io.signal.aborted; )
        await pause(50, this.#io.signal)
    } catch (cause) {
      this.#refused(refusalText(codeOf(cause), this.#person.locale))
    } finally {
      feed.stop()
    }
  }

  /** Break-glass: a terminal on a target that an emergency names, if its law admits it now. */
  async #terminal(no: string | undefined, targetName: string | undefined, account: string | undefined): Promise<number> {
    // With the number of a change alone: back to its terminal that has begun, as after it was run from the console.
    if (no && !targetName) return this.#withChange(no, (change) => this.#seat(change))
    if (!no || !targetName || !account) return this.#refused(this.#say('terminalUsage'))
    if (!this.#io.raw) return this.#refused(this.#say('interactiveOnly'))
    const body = { emergencyNo: no.slice(0, 40), targetName: targetName.slice(0, 120), account: account.slice(0, 32) }
    const session = await this.#api(openTerminal, { body: { ...body, gatewayId: this.#gatewayId } })
    try {
      // Not live before its recording is.
      const feed = await feedOf(this.#sitting, session.id)
      if (!feed) return this.#refused(this.#say('noTerminal'))
      try {
        await this.#api(startTerminal, { params: { sessionId: session.id } })
        return (await sitDown(this.#sitting, session.id, feed)) ? 0 : 1
      } finally {
        feed.stop()
      }
    } finally {
      await this.#api(closeOwnSession, { params: { sessionId: session.id } }).catch(() => undefined)
    }
  }
  async #seat(change: ChangeDetail): Promise<number> {
    if (!change.sessionId || !this.#io.raw) return this.#refused(this.#say('noSession'))
    const feed = await feedOf(this.#sitting, change.sessionId)
    if (!feed) return this.#refused(this.#say('noTerminal'))
    try {
      return (await sitDown(this.#sitting, change.sessionId, feed)) ? 0 : 1
    } finally {
      feed.stop()
    }
  }
  get #sitting(): Sitting {
    return { sessions: this.#sessions, api: this.#api, io: this.#io, say: this.#say, personId: this.#person.id }
  }

  async #present(): Promise<void> {
    // Whoever only looks says nothing: their presence would be refused, and each refusal is a record.
    if (!this.#changeId || !this.#takesPart) return
    // Not being heard is what the change notices by itself.
    await this.#api(sayPresent, { params: { changeId: this.#changeId } }).catch(() => undefined)
  }

  #paint(kind: 'prompt' | 'refusal', text: string): string {
    return paint(kind, text, this.#io.colours)
  }
  #line(text: string): void {
    this.#io.write(`${text}\r\n`)
  }
  #ok(text: string): number {
    this.#line(text)
    return 0
  }
  /** A no of this door itself: told, and reported to the ledger in the person's name. */
  #refuse(channel: string, code: Reportable, detail: string): number {
    this.#refusals.add(channel, code, detail)
    return this.#refused(this.#say('refused', { what: refusalText(code, this.#person.locale) }))
  }
  /** The end of the input is no answer, and no attempt at anything. */
  #unconfirmed(channel: string, code: Reportable, typed: string | undefined): number {
    this.#line(this.#say('notConfirmed'))
    return typed === undefined ? 1 : this.#refuse(channel, code, typed)
  }
  #refused(text: string): number {
    this.#line(this.#paint('refusal', text))
    return 1
  }
}

/** Whether the next act of a change is a terminal that its approvers allowed. */
const isTerminal = ({ next, plan }: ChangeDetail): boolean =>
  next?.phase === 'execute' && plan.steps.find((step) => step.key === next.stepKey)?.action.kind === 'interactive'
const changeNo = /^[A-Za-z0-9-]{1,40}$/
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '')
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

import { endpoint } from '@huabiao/kit/contract/contract'
import type { ApiClient } from '@huabiao/kit/http/client'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import type { Scene } from './scene.ts'

/** What the matrix is made of: one red line, one person who tries to cross it, and what they try at each door. */

export const doors = [
  'REST',
  'console',
  'ssh exec',
  'ssh shell',
  'web terminal',
  'scp',
  'sftp',
  'port forwarding',
  'SQL',
  'second tenant',
] as const
export type Door = (typeof doors)[number]

/** `code · RL-nn`, as every door of ours answers; `SQLSTATE message` from the database. */
export type Answer = string

/** A call of the interface, sent as REST and, with the console's own cookie, from the console's page. */
export interface CallAttempt {
  readonly tried: string
  readonly send: (api: ApiClient, scene: Scene) => Promise<unknown>
  readonly answer: Answer
}
/** The page the person stands on, and what it offers them of this act before they go behind its back. */
export interface ConsolePlace {
  readonly path: (scene: Scene) => string
  /** A button that is there and says why it may not be pressed; a button that is not there; or one that is pressed and refused. */
  readonly offers:
    | { readonly disabled: RegExp; readonly rule: string }
    | { readonly absent: RegExp }
    | { readonly tried: string; readonly press: (page: Page) => Promise<Answer>; readonly answer: Answer }
}
/** Lines at the bastion's prompt; the last one is the attack, what comes before it only leads there. */
export interface TypedAttempt {
  readonly lines: (scene: Scene) => readonly string[]
  readonly answer: Answer
}
export interface ExecAttempt {
  /** What follows the destination; options of the client stand in `options`. */
  readonly command: (scene: Scene) => readonly string[]
  readonly options?: (scene: Scene) => readonly string[]
  readonly answer: Answer
  /** Where the client prints words of its own, because the protocol has no place for ours. */
  readonly prints?: RegExp
}
/** A file that somebody tries to bring in or to take out, by each protocol. */
export interface FileAttempt {
  readonly put?: (scene: Scene) => string
  readonly get?: (scene: Scene) => string
  readonly answer: Answer
}
export interface SqlAttempt {
  /** Whom the application would say it acts for. */
  readonly statement: (scene: Scene) => string
  readonly answer: Answer
}
export interface RedLine {
  readonly rule: string
  readonly says: string
  /** Login of the person who tries; the same at every door. */
  readonly by: string
  /** Tried when a step is paused and a reviewer present, not before. */
  readonly later?: true
  readonly calls: readonly CallAttempt[]
  readonly console: ConsolePlace
  readonly exec: readonly ExecAttempt[]
  /** The same lines at the prompt of a real OpenSSH client and at the web terminal. */
  readonly typed: readonly TypedAttempt[]
  readonly sql: readonly SqlAttempt[]
}

/** One attack that was made, and what the door said. */
export interface Made {
  readonly rule: string
  readonly by: string
  readonly door: Door
  readonly tried: string
  readonly answer: Answer
}

/** What the bastion says to a line that is none of its acts. */
export const noSuchAct = 'session.direct_shell_refused · RL-21'

/** What the interface has no word for is tried by its most likely name. */
const unknown = (method: 'DELETE' | 'PUT', path: `/${string}`) =>
  endpoint({ name: 'unknown', method, path: `/api/v1${path}`, permission: 'self', summary: '—', response: z.unknown() })
export const unknownCall = (method: 'DELETE' | 'PUT', path: `/${string}`, answer: string): CallAttempt => ({
  tried: `${method} ${path}`,
  send: (api) => api(unknown(method, path)),
  answer,
})

/** What a refusal note of the console says: its code, and the red line on its chip. */
export async function noteOf(page: Page): Promise<Answer> {
  const note = page.locator('.refusal[data-code]').last()
  await note.waitFor()
  return `${await note.getAttribute('data-code')} · ${(await note.locator('.red-line').first().innerText()).slice(0, 5)}`
}

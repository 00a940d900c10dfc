import { reportRefusal } from '@huabiao/domains/session/session.contract'
import type { Door } from '@huabiao/kit/actor/actor'
import type { ApiClient } from '@huabiao/kit/http/client'
import type { z } from 'zod'
import { causeOf } from './control-plane.ts'
import type { Log } from './log.ts'

export type Reportable = z.input<typeof reportRefusal.body>['code']
/** A client that knocks without end is reported so often, then cut off from being evidence of itself. */
const reportsMax = 200

/** What one connection was refused: logged here, told to the control plane with the person's own token. */
export class Refusals {
  readonly #of: { api: ApiClient; door: Door; log: Log }
  #count = 0

  constructor(of: { api: ApiClient; door: Door; log: Log }) {
    this.#of = of
  }

  add(channel: string, code: Reportable, detail: string): void {
    this.#count++
    const { api, door, log } = this.#of
    log({ level: 'warn', event: 'refused_attempt', door, channel, code })
    if (this.#count > reportsMax) return
    const body = { door, channel: channel.slice(0, 60), code, detail: detail.replace(/\p{Cc}/gu, '·').slice(0, 500) }
    void api(reportRefusal, { body }).catch((cause: unknown) =>
      log({ level: 'error', event: 'refusal_not_reported', channel, cause: causeOf(cause) }),
    )
  }
}

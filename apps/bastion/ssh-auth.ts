import { gatewayLogon } from '@huabiao/domains/identity/identity-gateway.contract'
import { fingerprintOf } from '@huabiao/kit/crypto/fingerprint'
import type { ApiClient } from '@huabiao/kit/http/client'
import ssh2, { type AuthContext, type KeyboardAuthContext, type PublicKeyAuthContext } from 'ssh2'
import type { z } from 'zod'
import { causeOf } from './control-plane.ts'
import type { Log } from './log.ts'

export type Logon = z.output<typeof gatewayLogon.response>
type First = z.input<typeof gatewayLogon.body>['first']

/** After so many failures the connection ends (F3). */
const failuresMax = 6
const loginForm = /^[\p{L}\p{N}._@-]{1,64}$/u
const keyTypes = new Set(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'])

/**
 * Two factors, both always: a key whose signature has been checked here, or a password, and then a code. Who that is, the control
 * plane decides, with both in hand; before that nobody is told which of them was wrong.
 */
export class SshAuthentication {
  readonly #of: { gateway: ApiClient; sourceIp: string; log: Log; onLogon: (logon: Logon) => void; tooMany: () => void }
  #first: First | undefined
  #login: string | undefined
  #failures = 0
  #busy = false

  constructor(of: { gateway: ApiClient; sourceIp: string; log: Log; onLogon: (logon: Logon) => void; tooMany: () => void }) {
    this.#of = of
  }

  /** Decides one request. Whatever is not named here is refused (F5). */
  handle(ctx: AuthContext): void {
    // One person per connection: a second name after a first factor would borrow it.
    if (!loginForm.test(ctx.username) || (this.#login !== undefined && this.#login !== ctx.username)) return void this.#fail(ctx)
    switch (ctx.method) {
      case 'publickey':
        return void this.#publicKey(ctx)
      case 'password':
        if (this.#first || ctx.password.length > 200) return void this.#fail(ctx)
        return void this.#partial(ctx, { kind: 'password', password: ctx.password })
      case 'keyboard-interactive':
        return void this.#keyboard(ctx)
      case 'none':
        return void ctx.reject(['publickey', 'keyboard-interactive'])
    }
    this.#fail(ctx)
  }

  #publicKey(ctx: PublicKeyAuthContext): void {
    const key = ssh2.utils.parseKey(ctx.key.data)
    if (this.#first || key instanceof Error || Array.isArray(key) || !keyTypes.has(key.type)) return void this.#fail(ctx)
    // A question whether the key would do; every key would, so nobody learns whose it is.
    if (!ctx.signature || !ctx.blob) return void ctx.accept()
    // F1, F2: nothing but true is a good signature.
    if (key.verify(ctx.blob, ctx.signature, ctx.hashAlgo) !== true) return void this.#fail(ctx)
    this.#partial(ctx, { kind: 'publickey', fingerprint: fingerprintOf(key.getPublicSSH()) })
  }

  #partial(ctx: AuthContext, first: First): void {
    this.#login = ctx.username
    this.#first = first
    ctx.reject(['keyboard-interactive'], true)
  }

  #keyboard(ctx: KeyboardAuthContext): void {
    const code = { prompt: '动态口令 / Verification code: ', echo: false }
    const password = { prompt: '口令 / Password: ', echo: false }
    const prompts = this.#first ? [code] : [password, code]
    ctx.prompt(prompts, '华表堡垒机 Huabiao bastion', '', (answers) => {
      if (!Array.isArray(answers) || answers.length !== prompts.length) return this.#fail(ctx)
      const totp = (answers.at(-1) ?? '').replace(/\s/g, '')
      const first: First = this.#first ?? { kind: 'password', password: answers[0] ?? '' }
      if (!/^\d{6}$/.test(totp) || this.#busy) return this.#fail(ctx)
      this.#busy = true
      void this.#logon(ctx, first, totp).finally(() => {
        this.#busy = false
      })
    })
  }

  async #logon(ctx: KeyboardAuthContext, first: First, totp: string): Promise<void> {
    const { gateway, sourceIp, log, onLogon } = this.#of
    try {
      const logon = await gateway(gatewayLogon, { body: { door: 'ssh', sourceIp, login: ctx.username, first, totp } })
      this.#first = undefined
      onLogon(logon)
      ctx.accept()
    } catch (cause) {
      log({ level: 'warn', event: 'logon_refused', first: first.kind, sourceIp, cause: causeOf(cause) })
      this.#fail(ctx)
    }
  }

  #fail(ctx: AuthContext): void {
    this.#failures++
    if (this.#failures >= failuresMax) return void this.#of.tooMany()
    ctx.reject(this.#first ? ['keyboard-interactive'] : ['publickey', 'keyboard-interactive'])
  }
}

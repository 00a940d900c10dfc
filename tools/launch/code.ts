// The present one-time code of a demo account, so that the demo can be tried without a phone.
import { fromBase32, hotp, totpStep, totpStepMs } from '@huabiao/kit/crypto/totp'
import { readJson } from './files.ts'
import type { StateFolder } from './state.ts'

interface Accounts {
  accounts: { login: string; totpSecret: string }[]
}
export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const [login] = args
  const accounts = readJson<Accounts>(state.credentialsFile)?.accounts
  if (!accounts) throw new Error('there are no demo accounts here: only `up --demo` makes them')
  const account = accounts.find((one) => one.login === login)
  if (!account) throw new Error(`which account? ${accounts.map((one) => one.login).join(' ')}`)
  const left = Math.ceil((totpStepMs - (Date.now() % totpStepMs)) / 1000)
  console.log(hotp(fromBase32(account.totpSecret), totpStep(new Date())))
  console.error(`(${left} s left; a code serves once)`)
  return 0
}

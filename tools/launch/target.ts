// `huabiao target enrol|check`: what a target must be told, and whether it does what it was told.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  checkTarget,
  type EnrolmentView,
  enrolmentTrust,
  enrolTarget,
  getEnrolment,
  listEnrolments,
} from '@huabiao/domains/enrolment/enrolment.contract'
import { checkMaxMs, fingerprintForm, type TargetAccount } from '@huabiao/domains/enrolment/enrolment.model'
import { enrolmentPhrases, probePhrases } from '@huabiao/domains/enrolment/enrolment.phrases'
import { consoleCommands, enrolmentFiles } from '@huabiao/domains/enrolment/enrolment-sheet.model'
import { logoff, logonPassword, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { type ApiClient, apiClient, ProblemError } from '@huabiao/kit/http/client'
import { readJson } from './files.ts'
import { httpUrl } from './plan.ts'
import { type Prompter, terminalPrompter } from './prompter.ts'
import type { StateFolder } from './state.ts'
import type { SupervisorState } from './supervisor.ts'

const usage = `usage: huabiao target enrol <name> --host=<address> --port=<port> --system=<code> --account=<name>[=<login>]… [--privileged=<name>[=<login>]…]
                            [--tier=inner] [--environment=production]
       huabiao target check <name>
It asks who you are (security administrator; of a tenant: tenant administrator) and never takes a password from its arguments.`

export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string', default: '22' },
      system: { type: 'string' },
      account: { type: 'string', multiple: true, default: [] },
      privileged: { type: 'string', multiple: true, default: [] },
      tier: { type: 'string', default: 'inner' },
      environment: { type: 'string', default: 'production' },
    },
  })
  const [act, name] = positionals
  const enrols = act === 'enrol' && name && values.host && values.system
  if (!enrols && !(act === 'check' && name)) throw new Error(usage)
  const kept = readJson<SupervisorState>(join(state.run, 'state.json'))
  if (!kept) throw new Error('not running; start it with: ./huabiao up')
  const prompter = terminalPrompter()
  try {
    const api = await logOn(httpUrl(kept.settings, kept.ports), prompter)
    try {
      if (!enrols) return await check(api, await idOf(api, name!), prompter)
      const accounts = [...values.account.map(accountOf(false)), ...values.privileged.map(accountOf(true))]
      const wanted = {
        name,
        host: values.host!,
        port: Number(values.port),
        accounts,
        tier: values.tier,
        environment: values.environment,
      }
      return await enrol(api, { ...wanted, system: values.system! }, prompter)
    } finally {
      await api(logoff, {}).catch(() => undefined)
    }
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause
    const words = enrolmentPhrases[cause.problem.code as keyof typeof enrolmentPhrases]
    throw new Error(
      [cause.problem.code, cause.problem.rule, words?.zh, words?.en, words?.nextZh, words?.nextEn].filter(Boolean).join('\n  '),
    )
  } finally {
    prompter.close()
  }
}

const accountOf =
  (privileged: boolean) =>
  (text: string): TargetAccount => {
    const [name = '', login = name] = text.split('=')
    return { name, login, privileged }
  }

/** A person's own logon, with the second factor; the session ends with the command. */
async function logOn(baseUrl: string, prompter: Prompter): Promise<ApiClient> {
  const visitor = apiClient({ baseUrl, headers: () => ({ 'x-huabiao-client': 'cli' }) })
  const login = await prompter.ask('账号 / login: ')
  const password = await prompter.askSecret('口令 / password: ')
  const { challenge } = await visitor(logonPassword, { body: { login, password } })
  const code = await prompter.ask('动态口令 / one-time code: ')
  const { token } = await visitor(logonTotp, { body: { challenge, code } })
  if (!token) throw new Error('the control plane gave no token')
  return apiClient({ baseUrl, headers: () => ({ authorization: `Bearer ${token}` }) })
}

export interface Wanted {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly system: string
  readonly accounts: readonly TargetAccount[]
  readonly tier: string
  readonly environment: string
}
/** Says what to set, takes the fingerprint that a person read at the console, registers, and looks. Answers the exit code. */
export async function enrol(api: ApiClient, wanted: Wanted, prompter: Prompter): Promise<number> {
  const { name, host, port, accounts, tier, environment } = wanted
  const systems = await api(listSystems, { query: { text: wanted.system, limit: 100 } })
  const system = systems.items.find(({ code }) => code === wanted.system)
  if (!system) throw new Error(`no information system has the code ${wanted.system}`)
  const { plane, authority, controlPlaneUrl } = await api(enrolmentTrust)
  prompter.say(`\n${name} · ${plane} · ${system.name}\n在目标上写入下列文件 / write these files on the target:`)
  for (const file of enrolmentFiles({ name, plane, accounts, authority, controlPlaneUrl }))
    prompter.say(`\n# ${file.path}  (${file.mode}, root)\n${file.text}`)
  prompter.say('在目标的控制台执行 / then type at the target’s own console:')
  for (const { line } of consoleCommands({ name })) prompter.say(`  ${line}`)
  let hostKeySha256 = ''
  while (!fingerprintForm.test(hostKeySha256)) {
    hostKeySha256 = (await prompter.ask('\n在控制台读到的主机指纹 / fingerprint read at the console (SHA256:…): ')).trim()
    if (hostKeySha256 === '')
      throw new Error('nothing was registered: without a fingerprint read at the console there is no target')
  }
  const body = { name, host, port, hostKeySha256, systemId: system.id, accounts: [...accounts] }
  const made = await api(enrolTarget, { body: enrolTarget.body.parse({ ...body, tier, environment }) })
  prompter.say(`已登记 / registered: ${made.name}`)
  return check(api, made.targetId, prompter)
}

async function idOf(api: ApiClient, name: string): Promise<string> {
  const { items } = await api(listEnrolments, { query: { text: name, limit: 100 } })
  const found = items.find((item) => item.name === name)
  if (!found) throw new Error(`no target is called ${name}`)
  return found.targetId
}

/** Has the gateway look, and says of each thing that failed how it is mended. Answers 0 where everything passed. */
export async function check(api: ApiClient, targetId: string, prompter: Prompter): Promise<number> {
  await api(checkTarget, { params: { targetId } })
  const until = performance.now() + checkMaxMs
  let view: EnrolmentView
  do {
    await sleep(500)
    view = await api(getEnrolment, { params: { targetId } })
  } while (view.checkState !== 'finished' && performance.now() < until)
  if (view.checkState !== 'finished') {
    prompter.say('✗ 网关没有答复 / the gateway did not answer: ./huabiao status')
    return 1
  }
  for (const { probe, account, passed, differenceMs, detail } of view.verdicts) {
    const words = probePhrases[probe]
    const facts = [account, differenceMs === null ? '' : `${differenceMs} ms`, detail].filter(Boolean).join(' · ')
    prompter.say(`${passed ? '✓' : '✗'} ${words.zh} / ${words.en}${facts ? `  (${facts})` : ''}`)
    if (!passed) prompter.say(`    → ${words.nextZh}\n    → ${words.nextEn}`)
  }
  return view.verdicts.every(({ passed }) => passed) ? 0 : 1
}

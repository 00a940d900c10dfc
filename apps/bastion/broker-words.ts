import { changeRefusals } from '@huabiao/domains/change/change.model'
import { changePhrases } from '@huabiao/domains/change/change.phrases'
import { phasePhrases, runStatePhrases, statePhrases } from '@huabiao/domains/change/change-state.phrases'
import { emergencyRefusals } from '@huabiao/domains/emergency/emergency.model'
import { emergencyPhrases } from '@huabiao/domains/emergency/emergency.phrases'
import type { Locale } from '@huabiao/domains/identity/identity.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { sessionPhrases } from '@huabiao/domains/session/session.phrases'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import { grantPhrases } from '@huabiao/domains/session/session-grant.phrases'
import { transferRefusals } from '@huabiao/domains/transfer/transfer.model'
import { transferPhrases } from '@huabiao/domains/transfer/transfer.phrases'
import { ticketRefusals } from '@huabiao/domains/transfer/transfer-ticket.model'
import { ticketPhrases } from '@huabiao/domains/transfer/transfer-ticket.phrases'
import { kitRefusals, type Phrase, type RefusalTable } from '@huabiao/kit/errors/errors'

const words = {
  welcome: ['华表运维堡垒机 · {name}。输入 help 查看命令。', 'Huabiao bastion · {name}. Type help for the commands.'],
  onlyPlan: ['已批准的方案即是许可：这里没有自由命令行。', 'The approved plan is the permission: there is no free shell here.'],
  help: [
    '  changes            待我处理与实施的变更\r\n  open <编号>        打开变更\r\n  status [编号]      变更状态\r\n  next [编号]        下一步的完整内容\r\n  begin [编号]       开始实施（输入编号确认）\r\n  run [编号]         执行下一步（输入步骤标识确认）\r\n  pause <原因>       暂停\r\n  watch [编号]       旁观会话（Ctrl-C 退出）\r\n  observe <目标>     只读观察\r\n  terminal <应急编号> <目标> <账户>  破窗应急的交互终端\r\n  help / quit',
    '  changes            changes that wait for me or that I execute\r\n  open <no>          open a change\r\n  status [no]        state of the change\r\n  next [no]          the next step in full\r\n  begin [no]         begin (type the number to confirm)\r\n  run [no]           run the next step (type its key to confirm)\r\n  pause <reason>     pause\r\n  watch [no]         watch the session (Ctrl-C leaves)\r\n  observe <target>   read-only look\r\n  terminal <no> <target> <account>  terminal of an emergency (break-glass)\r\n  help / quit',
  ],
  unknown: ['没有这个命令：{word}。输入 help 查看命令。', 'No such command: {word}. Type help for the commands.'],
  noChange: ['先用 open <编号> 打开变更。', 'Open a change first: open <no>.'],
  notFound: ['没有找到变更 {no}，或您无权查看。', 'No change {no} that you may see.'],
  none: ['目前没有变更。', 'No changes now.'],
  state: ['状态', 'State'],
  window: ['窗口', 'Window'],
  executor: ['实施', 'Executor'],
  reviewer: ['复核', 'Reviewer'],
  present: ['在场', 'present'],
  absent: ['不在场', 'absent'],
  paused: ['暂停原因', 'Paused'],
  nothingNext: ['当前没有可以执行的步骤。', 'No step may run now.'],
  step: ['步骤', 'Step'],
  target: ['目标', 'Target'],
  account: ['账号', 'Account'],
  command: ['命令', 'Command'],
  expect: ['预期', 'Expectation'],
  danger: ['危险级别', 'Danger'],
  needsCosign: ['须复核人先签名', 'the reviewer must co-sign first'],
  cosigned: ['复核人已签名', 'co-signed'],
  confirmStep: ['输入步骤标识 {key} 确认执行：', 'Type the step key {key} to run it: '],
  confirmNo: ['输入变更编号 {no} 确认开始：', 'Type the change number {no} to begin: '],
  notConfirmed: ['未确认，没有执行任何操作。', 'Not confirmed; nothing was run.'],
  begun: ['已开始，会话开录。', 'Begun; the recording is on.'],
  pausedNow: ['已暂停。', 'Paused.'],
  reasonNeeded: ['请写明原因。', 'Give a reason.'],
  result: ['结果', 'Result'],
  waiting: ['仍在执行；用 status 查看结果。', 'Still running; see status for the result.'],
  watching: ['正在旁观，按 Ctrl-C 退出。', 'Watching; Ctrl-C leaves.'],
  ended: ['会话已结束。', 'The session has ended.'],
  noSession: ['这项变更没有正在进行的会话。', 'The change has no live session.'],
  noTarget: ['变更中没有目标 {name}。', 'The change has no target {name}.'],
  observeHelp: ['只读观察：一次一条只读命令，quit 结束。', 'Read-only: one listed command at a time; quit ends it.'],
  notListed: ['不在只读命令清单内，未发送。', 'Not on the read-only list; not sent.'],
  badQuotes: ['引号或字符不被接受；这里没有 shell。', 'Quotes or characters not accepted; there is no shell here.'],
  refused: ['已拒绝，并已记录：{what}', 'Refused, and recorded: {what}'],
  interactiveOnly: ['此命令只在交互终端中可用。', 'This command needs an interactive terminal.'],
  terminalUsage: ['用法：terminal <应急编号> <目标> <账户>', 'Usage: terminal <emergency no> <target> <account>'],
  noEmergency: ['没有找到应急 {no}，或您无权查看。', 'No emergency {no} that you may see.'],
  terminalNotice: [
    '交互终端：输出全程录制，键入内容加密封存，事后与目标自身的执行记录核对。exit 结束。',
    'Terminal: output is recorded, what you type is sealed, and it is reconciled with the target’s own records. exit ends it.',
  ],
  terminalEnded: ['终端已结束。', 'The terminal has ended.'],
  noTerminal: ['终端未能打开。', 'The terminal did not open.'],
  bye: ['再见。', 'Goodbye.'],
} as const satisfies Record<string, readonly [string, string]>
export type Word = keyof typeof words

export interface Say {
  (word: Word, params?: Readonly<Record<string, string>>): string
  readonly state: (of: keyof typeof statePhrases) => string
  readonly phase: (of: keyof typeof phasePhrases) => string
  readonly run: (of: keyof typeof runStatePhrases) => string
  /** A moment where the deployment is: Beijing time, without seconds. */
  readonly moment: (at: string | null) => string
}
export function sayIn(locale: Locale): Say {
  const of = (text: { readonly zh: string; readonly en: string }): string => (locale === 'en' ? text.en : text.zh)
  const say = (word: Word, params: Readonly<Record<string, string>> = {}): string =>
    words[word][locale === 'en' ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  return Object.assign(say, {
    state: (state: keyof typeof statePhrases) => of(statePhrases[state]),
    phase: (phase: keyof typeof phasePhrases) => of(phasePhrases[phase]),
    run: (state: keyof typeof runStatePhrases) => of(runStatePhrases[state]),
    moment: (at: string | null) => (at === null ? '—' : moments.format(new Date(at))),
  })
}
// sv-SE writes 2026-11-25 22:17, as people here do.
const moments = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Shanghai' })

const own: Readonly<Record<string, Phrase>> = {
  'request.unreachable': {
    zh: '管控面没有应答。',
    en: 'The control plane does not answer.',
    nextZh: '稍后重试；正在执行的步骤不受影响。',
    nextEn: 'Try again shortly; a running step is not affected.',
  },
  'session.required': {
    zh: '登录已失效。',
    en: 'Your logon has ended.',
    nextZh: '请重新登录。',
    nextEn: 'Log on again.',
  },
  'access.denied': {
    zh: '没有此项权限。',
    en: 'You do not have this permission.',
    nextZh: '如职责需要，请向安全管理员申请。',
    nextEn: 'If your duty needs it, apply to the security administrator.',
  },
  'access.step_up_required': {
    zh: '第二因子验证已过期。',
    en: 'Your second factor is no longer fresh.',
    nextZh: '请退出后重新登录。',
    nextEn: 'Log out and log on again.',
  },
}

const phrases: Readonly<Record<string, Phrase>> = {
  ...grantPhrases,
  ...sessionPhrases,
  ...changePhrases,
  ...transferPhrases,
  ...ticketPhrases,
  ...emergencyPhrases,
  ...own,
}
const rules: RefusalTable = {
  ...kitRefusals,
  ...grantRefusals,
  ...sessionRefusals,
  ...changeRefusals,
  ...transferRefusals,
  ...ticketRefusals,
  ...emergencyRefusals,
}

/** A refusal as one line: what, what next, its code and its red line. */
export function refusalText(code: string, locale: Locale): string {
  const phrase = Object.hasOwn(phrases, code) ? phrases[code] : undefined
  const rule = Object.hasOwn(rules, code) ? rules[code]?.rule : undefined
  const name = rule ? `${code} · ${rule}` : code
  if (!phrase) return name
  return locale === 'en' ? `${phrase.en} ${phrase.nextEn} (${name})` : `${phrase.zh}${phrase.nextZh}（${name}）`
}

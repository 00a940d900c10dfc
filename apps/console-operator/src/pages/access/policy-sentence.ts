import type { Condition, PolicyDocument, SessionChannel, Statement } from '@huabiao/domains/access/access-policy.model'
import { dictionary, type Language } from '@huabiao/ui/i18n/language'

type Part = keyof Condition
/** Names that a document does not carry. */
export interface Names {
  role(code: string): string
  person(id: string): string
  moment(at: string): string
}
type Values = { readonly [K in Part]-?: NonNullable<Condition[K]> }
type Says = { readonly [K in Part]: (value: Values[K], names: Names) => string }

interface Grammar {
  readonly actions: Readonly<Record<string, string>>
  otherAction(code: string): string
  readonly channels: Readonly<Record<SessionChannel, string>>
  readonly weekdays: readonly string[]
  readonly says: Says
  sentence(of: {
    readonly denies: boolean
    readonly roles: readonly string[]
    readonly actions: readonly string[]
    /** None: any object. */
    readonly resources: readonly string[]
    readonly condition: readonly string[]
    /** Undefined: no exception. */
    readonly unless: readonly string[] | undefined
  }): string
}

const zhOr = (items: readonly string[]): string => items.join('、')
/** A space stands between a Chinese word and what is not one. */
const zhWhen = (items: readonly string[]): string => items.join('，且').replace(/[\w*/:]$/, '$& ')
const zhDays = ['周一', '周二', '周三', '周四', '周五', '周六', '周日']
const zhChannels = {
  command: '命令',
  script: '脚本',
  file: '下发文件',
  observe: '只读观察',
  interactive: '交互终端',
  fetch: '取回文件',
}
const enOr = (items: readonly string[]): string => items.join(' or ')
const enDays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const enChannels = {
  command: 'command',
  script: 'script',
  file: 'file sent',
  observe: 'read-only look',
  interactive: 'terminal',
  fetch: 'file fetched',
}

/** How a statement is said; what stands in the list of the fields is said by the same words. */
export const policyGrammar = dictionary<Grammar>(
  {
    actions: { 'session:open': '开启会话', 'session:step': '执行会话中的步骤' },
    otherAction: (code) => `执行 ${code} 操作`,
    channels: zhChannels,
    weekdays: zhDays,
    says: {
      dangerAtLeast: (level) => `危险级别不低于 ${level}`,
      targets: (some) => `目标为 ${zhOr(some)}`,
      sourceIp: (some) => `来源地址在 ${zhOr(some)}`,
      persons: (some, names) => `人员为${zhOr(some.map(names.person))}`,
      channels: (some) => `方式为${zhOr(some.map((one) => zhChannels[one]))}`,
      ports: (some) => `端口为 ${zhOr(some.map(String))}`,
      timeOfDay: ({ from, to }) => `北京时间在每日 ${from} 至${from > to ? '次日' : ''} ${to}`,
      weekdays: (some) => `当日为${zhOr(some.map((day) => zhDays[day - 1]!))}`,
      after: (at, names) => `时间不早于 ${names.moment(at)}`,
      before: (at, names) => `时间早于 ${names.moment(at)}`,
      doors: (some) =>
        `入口为${zhOr(some.map((one) => ({ console: '控制台', rest: 'REST 接口', ssh: ' SSH', 'web-terminal': '网页终端' })[one]))}`,
      terminalRegistered: (is) => (is ? '终端已登记' : '终端未登记'),
      mfaWithinSeconds: (seconds) => `第二因子在 ${seconds} 秒内验证过`,
    },
    sentence: ({ denies, roles, actions, resources, condition, unless }) => {
      const who = roles.length > 0 ? `以「${zhOr(roles)}」角色` : '以适用角色'
      const what = `${actions.join('、')}${resources.length > 0 ? `（对象 ${zhOr(resources)}）` : ''}`
      const where = condition.length > 0 ? `，当${zhWhen(condition)}时` : ''
      const except =
        unless === undefined ? '' : unless.length > 0 ? `；但${zhWhen(unless)}时除外` : '；但任何情形都除外（本条不起作用）'
      return `${who}${what}${where}，${denies ? '一律拒绝' : '予以允许'}${except}。`
    },
  },
  {
    actions: { 'session:open': 'open a session', 'session:step': 'take a step in a session' },
    otherAction: (code) => `do ${code}`,
    channels: enChannels,
    weekdays: enDays,
    says: {
      dangerAtLeast: (level) => `danger is ${level} or more`,
      targets: (some) => `the target is ${enOr(some)}`,
      sourceIp: (some) => `the source address is in ${enOr(some)}`,
      persons: (some, names) => `the person is ${enOr(some.map(names.person))}`,
      channels: (some) => `it is a ${enOr(some.map((one) => enChannels[one]))}`,
      ports: (some) => `the port is ${enOr(some.map(String))}`,
      timeOfDay: ({ from, to }) => `the time in Beijing is from ${from} to ${to}${from > to ? ' on the next day' : ''}`,
      weekdays: (some) => `the day is ${enOr(some.map((day) => enDays[day - 1]!))}`,
      after: (at, names) => `it is ${names.moment(at)} or later`,
      before: (at, names) => `it is earlier than ${names.moment(at)}`,
      doors: (some) =>
        `the door is ${enOr(some.map((one) => ({ console: 'the console', rest: 'REST', ssh: 'SSH', 'web-terminal': 'the web terminal' })[one]))}`,
      terminalRegistered: (is) => (is ? 'the terminal is registered' : 'the terminal is not registered'),
      mfaWithinSeconds: (seconds) => `the second factor was proved within ${seconds} s`,
    },
    sentence: ({ denies, roles, actions, resources, condition, unless }) => {
      const who = roles.length > 0 ? `Whoever acts as ${enOr(roles)}` : 'Whoever acts in one of its roles'
      const what = `${enOr(actions)}${resources.length > 0 ? ` (on ${enOr(resources)})` : ''}`
      const where = condition.length > 0 ? ` where ${condition.join(' and ')}` : ''
      const except =
        unless === undefined
          ? ''
          : unless.length > 0
            ? `, except where ${unless.join(' and ')}`
            : ', except always (so it does nothing)'
      return `${who} may ${denies ? 'not ' : ''}${what}${where}${except}.`
    },
  },
)

/** In the order in which a reader asks: what, where, who, how, when. */
const order = Object.keys(policyGrammar['zh-CN'].says) as Part[]
function say<K extends Part>(grammar: Grammar, part: K, condition: Condition, names: Names): string[] {
  const value = condition[part]
  return value === undefined ? [] : [grammar.says[part](value as Values[K], names)]
}
/** One statement in words, for the roles that the policy is for. */
export function statementSentence(of: Statement, roles: readonly string[], names: Names, language: Language): string {
  const grammar = policyGrammar[language]
  const parts = (condition: Condition | undefined) =>
    condition ? order.flatMap((part) => say(grammar, part, condition, names)) : []
  return grammar.sentence({
    denies: of.effect === 'Deny',
    roles: roles.map(names.role),
    actions: of.actions.map((action) => grammar.actions[action] ?? grammar.otherAction(action)),
    resources: of.resources.includes('*') ? [] : of.resources,
    condition: parts(of.condition),
    unless: of.unless && parts(of.unless),
  })
}
export const sentencesOf = (of: PolicyDocument, roles: readonly string[], names: Names, language: Language): string[] =>
  of.statements.map((statement) => statementSentence(statement, roles, names, language))

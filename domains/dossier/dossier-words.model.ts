import type { Expectation, StepAction } from '@huabiao/domains/change/change-plan.model'
import { beijingTime } from '@huabiao/kit/calendar/calendar'
import type { PdfBlock } from '@huabiao/kit/pdf/pdf-document'

/** Beijing time, as every page of the console shows it. */
export const when = (at: string | null): string => (at === null ? '—' : beijingTime(new Date(at)))
export const verdicts: Readonly<Record<string, string>> = {
  approve: '同意',
  reject: '驳回',
  return: '退回',
  consent: '授权',
  refuse: '不授权',
  pass: '通过',
  fail: '未通过',
}
export const nameIn = (table: Readonly<Record<string, { readonly zh: string }>>, key: string | null): string =>
  key === null ? '—' : (table[key]?.zh ?? key)
export const actionLines = (action: StepAction): string =>
  action.kind === 'command'
    ? action.line
    : action.kind === 'script'
      ? `#!${action.interpreter}\n${action.text}`
      : action.kind === 'interactive'
        ? `交互式终端：${action.purpose}`
        : `${action.path} (${action.mode}) SHA-256 ${action.sha256}`
export const expectLine = ({ exitCodes, checks }: Expectation): string =>
  [
    `退出码 ${exitCodes.join('/')}`,
    ...checks.map((check) =>
      check.kind === 'number'
        ? `“${check.after}”后的数在 ${check.min ?? '不限'} 与 ${check.max ?? '不限'} 之间`
        : `${{ contains: '包含', absent: '不含', line: '有一行为' }[check.kind]}“${check.text}”`,
    ),
  ].join('；')

export type Who = (id: string | null) => string
export const h1 = (text: string): PdfBlock => ({ kind: 'heading', level: 1, text })
export const h2 = (text: string): PdfBlock => ({ kind: 'heading', level: 2, text })
export const none = (text = '无'): PdfBlock => ({ kind: 'text', text })
export const table = (columns: readonly (readonly [string, number])[], rows: readonly (readonly string[])[]): PdfBlock =>
  rows.length === 0 ? none() : { kind: 'table', columns: columns.map(([title, width]) => ({ title, width })), rows }

const acts: Readonly<Record<string, string>> = {
  create: '起草',
  savePlan: '保存方案',
  decide: '审批',
  consent: '客户授权',
  reassign: '转办',
  openSession: '开启运维会话',
  cosign: '复核签名',
  soak: '进入观察',
  overdue: '超时',
  leaveStandard: '转为普通变更',
  upload: '上传',
}
export const actOf = (act: string): string => acts[act] ?? act
const services: Readonly<Record<string, string>> = { gateway: '堡垒机', scheduler: '平台调度', system: '平台' }
export const actorOf = (name: string): string => services[name] ?? name

import type { EntryId, Intent, Severity } from './violation.model.ts'
import type { ViolationDeadline, ViolationState } from './violation-life.model.ts'

interface Words {
  readonly zh: string
  readonly en: string
}
/** Each entry: its name, and what is done that may not be done. */
export const entryPhrases: Readonly<Record<EntryId, Words & { readonly whatZh: string; readonly whatEn: string }>> = {
  'V-P1': {
    zh: '未授权变更',
    en: 'Unauthorised change',
    whatZh: '未经完整审批实施或试图实施变更',
    whatEn: 'A change done or tried without every approval',
  },
  'V-P2': {
    zh: '非窗口变更',
    en: 'Change outside the window',
    whatZh: '在批准的窗口之外变更',
    whatEn: 'A change outside its approved window',
  },
  'V-P3': {
    zh: '方案外操作',
    en: 'Act outside the plan',
    whatZh: '执行方案以外的命令、私自重启或使用不明确的指令',
    whatEn: 'A command, a restart or an unclear act that no plan contains',
  },
  'V-P4': {
    zh: '瞒报',
    en: 'Concealment',
    whatZh: '绕过堡垒机登录、录像缺口、逾期不补填，或损毁、关闭审计',
    whatEn: 'A logon past the bastion, a gap in a recording, an overdue filing, or audit damaged or switched off',
  },
  'V-P5': {
    zh: '未授权 root',
    en: 'Unauthorised root',
    whatZh: '没有限时授权而取得特权',
    whatEn: 'Privileged access without a grant for that time',
  },
  'V-M1': {
    zh: '无方案',
    en: 'Without a plan',
    whatZh: '没有完整的方案而提交或实施',
    whatEn: 'Submitted or carried out without a whole plan',
  },
  'V-M2': {
    zh: '无审批',
    en: 'Without approval',
    whatZh: '未测试、未经客户授权或未审批',
    whatEn: 'Not tested, not consented to, or not approved',
  },
  'V-M3': {
    zh: '无复核',
    en: 'Without a reviewer',
    whatZh: '一人操作，复核人缺席或与实施人同一',
    whatEn: 'One person alone, or a reviewer who was absent or the same person',
  },
  'V-M4': {
    zh: '非低峰',
    en: 'Not at low peak',
    whatZh: '在封网期或业务高峰安排变更',
    whatEn: 'A change put into a freeze or a busy time',
  },
  'V-M5': {
    zh: '超方案',
    en: 'Beyond the plan',
    whatZh: '超出批准的方案：次序、目标、内容或时间',
    whatEn: 'Beyond the approved plan in order, target, content or time',
  },
  'V-M6': {
    zh: '无灰度',
    en: 'Without grey batches',
    whatZh: '观察未通过即放行下一批',
    whatEn: 'The next batch before the last was watched',
  },
  'V-M7': {
    zh: '超预期未上报',
    en: 'Unexpected and not reported',
    whatZh: '结果超出预期而未按时处置上报',
    whatEn: 'A result that was not expected, and was not decided on in time',
  },
  'V-D1': {
    zh: '非客户终端',
    en: 'Unregistered terminal',
    whatZh: '从未登记的终端登录',
    whatEn: 'Logon from a terminal that nobody registered',
  },
  'V-D2': {
    zh: '无目的查询',
    en: 'Look without a purpose',
    whatZh: '没有变更、事件或工单而查看生产',
    whatEn: 'Looking at production without a change, incident or order',
  },
  'V-D3': {
    zh: '未授权修订',
    en: 'Unauthorised mutation',
    whatZh: '未经确认的增删改',
    whatEn: 'An unconfirmed mutation of data, files or resources',
  },
  'V-D4': {
    zh: '使用他人账号',
    en: 'Another person’s account',
    whatZh: '同一账号同时在两处使用，或两地往返不合常理',
    whatEn: 'One account in two places at once, or faster between them than anybody travels',
  },
  'V-D5': {
    zh: '未培训上岗',
    en: 'Untrained on duty',
    whatZh: '培训或考试失效而上岗',
    whatEn: 'On duty while training or exam has lapsed',
  },
  'V-D6': {
    zh: '数据外传',
    en: 'Data taken out',
    whatZh: '没有工单而传出文件',
    whatEn: 'Files taken out without a ticket',
  },
  'V-A1': {
    zh: '自批自办',
    en: 'Own approval',
    whatZh: '审批、测试或裁定自己的事项',
    whatEn: 'Approving, testing or deciding on one’s own item',
  },
  'V-A2': {
    zh: '岗位不分离',
    en: 'Duties not separated',
    whatZh: '运维与审计、系统与数据库等互斥岗位合一',
    whatEn: 'Duties that exclude each other in one hand',
  },
  'V-A3': {
    zh: '越权访问',
    en: 'Beyond one’s rights',
    whatZh: '反复尝试未授予的操作或数据',
    whatEn: 'Trying again and again what was never granted',
  },
  'V-A4': {
    zh: '离岗未交接',
    en: 'Left without handover',
    whatZh: '有未结事项或有效权限而办理离岗',
    whatEn: 'Leaving with open items or live rights',
  },
}
export const severityPhrases: Readonly<Record<Severity, Words>> = {
  minor: { zh: '一般', en: 'Minor' },
  major: { zh: '较重', en: 'Major' },
  critical: { zh: '重大', en: 'Critical' },
}
export const intentPhrases: Readonly<Record<Intent, Words>> = {
  slip: { zh: '反复失误', en: 'Repeated slip' },
  attempt: { zh: '试探', en: 'Attempt' },
  doubt: { zh: '存疑', en: 'Doubtful' },
  attack: { zh: '攻击', en: 'Attack' },
  fact: { zh: '既成事实', en: 'It happened' },
}
export const violationStatePhrases: Readonly<Record<ViolationState, Words>> = {
  raised: { zh: '待说明', en: 'Answer awaited' },
  answered: { zh: '待裁定', en: 'Decision awaited' },
  confirmed: { zh: '已认定', en: 'Confirmed' },
  appealed: { zh: '申诉中', en: 'Under appeal' },
  closed: { zh: '已结案', en: 'Closed' },
}
export const violationDeadlinePhrases: Readonly<Record<ViolationDeadline, Words>> = {
  answer: { zh: '说明', en: 'Answer' },
  decide: { zh: '裁定', en: 'Decision' },
  appeal: { zh: '申诉', en: 'Appeal' },
  review: { zh: '复核', en: 'Review' },
}

import type { ChangeOutcome, ChangeState } from './change.model.ts'
import type { RunPhase, StepRun } from './change-run.model.ts'

/** Names of the states of a change, of its outcome, of the phases of its steps and of their results, as every door says them. */
interface Text {
  readonly zh: string
  readonly en: string
}

export const statePhrases: Readonly<Record<ChangeState, Text>> = {
  draft: { zh: '草稿', en: 'Draft' },
  submitted: { zh: '待受理', en: 'Submitted' },
  accepted: { zh: '已受理', en: 'Accepted' },
  planning: { zh: '编制方案', en: 'Planning' },
  assessing: { zh: '评估中', en: 'Assessing' },
  testing: { zh: '测试中', en: 'Testing' },
  approving: { zh: '审批中', en: 'Approving' },
  consenting: { zh: '待客户授权', en: 'Awaiting consent' },
  scheduled: { zh: '已排期', en: 'Scheduled' },
  ready: { zh: '就绪', en: 'Ready' },
  prechecking: { zh: '前置检查', en: 'Prechecking' },
  gray_running: { zh: '灰度实施', en: 'First batch' },
  gray_soaking: { zh: '灰度观察', en: 'Soaking' },
  rolling: { zh: '分批实施', en: 'Rolling out' },
  verifying: { zh: '结果验证', en: 'Verifying' },
  ci_reviewing: { zh: '配置项确认', en: 'Confirming items' },
  reviewing: { zh: '复盘', en: 'Reviewing' },
  closed: { zh: '已关闭', en: 'Closed' },
  returned: { zh: '已退回', en: 'Returned' },
  rejected: { zh: '已驳回', en: 'Rejected' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
  paused: { zh: '已暂停', en: 'Paused' },
  amending: { zh: '修订方案', en: 'Amending' },
  rolling_back: { zh: '回退中', en: 'Rolling back' },
  expired: { zh: '已过期', en: 'Expired' },
}

export const outcomePhrases: Readonly<Record<ChangeOutcome, Text>> = {
  success: { zh: '成功', en: 'Success' },
  success_with_deviation: { zh: '成功（有偏差）', en: 'Success with deviation' },
  rolled_back: { zh: '已回退', en: 'Rolled back' },
  failed: { zh: '失败', en: 'Failed' },
  abandoned: { zh: '已中止', en: 'Abandoned' },
  expired: { zh: '已过期', en: 'Expired' },
}

export const phasePhrases: Readonly<Record<RunPhase, Text>> = {
  precheck: { zh: '前置检查', en: 'Precheck' },
  execute: { zh: '实施', en: 'Execute' },
  verify: { zh: '验证', en: 'Verify' },
  rollback: { zh: '回退', en: 'Roll back' },
  health: { zh: '健康检查', en: 'Health' },
  before: { zh: '实施前快照', en: 'Snapshot before' },
  after: { zh: '实施后快照', en: 'Snapshot after' },
}

export const runStatePhrases: Readonly<Record<StepRun['state'], Text>> = {
  granted: { zh: '已授令牌', en: 'granted' },
  started: { zh: '执行中', en: 'running' },
  succeeded: { zh: '符合期望', en: 'as expected' },
  failed: { zh: '不符合期望', en: 'not as expected' },
  unknown: { zh: '结果未知', en: 'outcome unknown' },
  expired: { zh: '未执行', en: 'not run' },
  accepted: { zh: '按现状接受', en: 'accepted as is' },
}

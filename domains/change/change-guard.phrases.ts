/** Names of the guards, their reasons, and the grounds of a risk grade. */
interface Text {
  readonly zh: string
  readonly en: string
}

export const guardPhrases: Readonly<Record<string, Text>> = {
  'G-PLAN': { zh: '方案完整', en: 'plan is complete' },
  'G-OPER': { zh: '可操作且已演练', en: 'operable and rehearsed' },
  'G-TEST': { zh: '本方案已测试', en: 'this plan was tested' },
  'G-REL': { zh: '制品来自发布库', en: 'artifact from the release store' },
  'G-AUTH': { zh: '审批齐全', en: 'approvals are complete' },
  'G-CONSENT': { zh: '客户已授权', en: 'customers consented' },
  'G-DUAL': { zh: '双人在场', en: 'two persons present' },
  'G-WIN': { zh: '在窗口内且有回退余量', en: 'in the window, with time to come back' },
  'G-FREEZE': { zh: '不在封网期', en: 'no freeze' },
  'G-PEAK': { zh: '避开业务高峰', en: 'off peak' },
  'G-CONF': { zh: '目标无冲突', en: 'no conflict on targets' },
  'G-NOTIFY': { zh: '已通知相关方', en: 'parties were told' },
  'G-GRAY': { zh: '灰度分批', en: 'grey batches' },
  'G-EXPECT': { zh: '结果符合期望', en: 'results as expected' },
  'G-SCOPE': { zh: '不超出方案', en: 'nothing beyond the plan' },
  'G-GRANT': { zh: '逐步授令牌', en: 'a grant for each step' },
  'G-ROOT': { zh: '特权账户已批准', en: 'privileged account approved' },
  'G-QUAL': { zh: '人员培训有效', en: 'people are trained' },
  'G-BUDGET': { zh: '可用性余量充足', en: 'error budget left' },
  'G-BACKUP': { zh: '有可用备份', en: 'a usable backup exists' },
  'G-CIV': { zh: '配置项已更新', en: 'configuration items updated' },
  'G-HON': { zh: '实施期无隐瞒告警', en: 'no alarm was hidden' },
  'G-EVID': { zh: '证据完整', en: 'evidence is complete' },
  'G-RETRO': { zh: '无逾期补录', en: 'no overdue filing' },
}

export const guardReasonPhrases: Readonly<Record<string, Text>> = {
  'guard.source_missing': { zh: '尚无数据来源：{source}', en: 'no source yet: {source}' },
  'guard.not_rehearsed': { zh: '本方案未演练', en: 'this plan was not rehearsed' },
  'guard.no_test_of_this_plan': { zh: '没有对本方案摘要的有效测试', en: 'no valid test of this hash' },
  'guard.tested_by_author': { zh: '重大变更不能由申请人测试', en: 'a major change is not tested by its author' },
  'guard.not_approved': { zh: '审批未完成', en: 'not approved in full' },
  'guard.consent_missing': { zh: '有系统未获客户授权', en: 'a system lacks its owner’s consent' },
  'guard.no_reviewer': { zh: '未指定实施人或复核人', en: 'executor or reviewer is not named' },
  'guard.same_person': { zh: '实施人与复核人是同一人', en: 'executor and reviewer are one person' },
  'guard.reviewer_absent': { zh: '复核人不在场', en: 'the reviewer is not present' },
  'guard.no_window': { zh: '未定窗口', en: 'no window' },
  'guard.before_window': { zh: '窗口未开始', en: 'the window has not begun' },
  'guard.after_window': { zh: '窗口已结束', en: 'the window is over' },
  'guard.window_too_short': { zh: '窗口剩余不足以执行并回退', en: 'too little of the window is left' },
  'guard.frozen': { zh: '处于封网期', en: 'a freeze holds' },
  'guard.conflicts_with': { zh: '与 {no} 占用同一目标', en: '{no} holds the same target' },
  'guard.while_running': { zh: '实施时逐步检查', en: 'checked at each step' },
  'guard.root_not_approved': { zh: '特权账户未经安全管理员批准', en: 'privileged account not approved by security' },
  'guard.executor_not_qualified': { zh: '实施人培训无效', en: 'executor is not trained' },
  'guard.reviewer_not_qualified': { zh: '复核人培训无效', en: 'reviewer is not trained' },
  'guard.unexpected_result': { zh: '结果超出期望：{source}', en: 'not as expected: {source}' },
  'guard.beyond_plan': { zh: '不在方案内或次序不符：{source}', en: 'not in the plan, or out of its order: {source}' },
  'guard.grant_of_another_executor': { zh: '令牌不属于当前实施人', en: 'the grant is another executor’s' },
  'guard.grant_of_another_plan': { zh: '令牌不属于当前方案', en: 'the grant is of another plan' },
  'guard.grant_over': { zh: '令牌已过期', en: 'the grant is over' },
  'guard.recording_open': { zh: '有会话录像尚未封存', en: 'a recording is not sealed yet' },
  'guard.threw': { zh: '护栏自身出错，按不通过处理', en: 'the guard itself failed, which counts as no' },
}

export const riskPhrases: Readonly<Record<string, Text>> = {
  'risk.mlps-level': { zh: '等级保护第 {level} 级系统', en: 'system of MLPS level {level}' },
  'risk.several-units': { zh: '涉及 {units} 个使用单位', en: 'concerns {units} user units' },
  'risk.danger': { zh: '步骤危险度达到 {danger}', en: 'a step of danger {danger}' },
  'risk.irreversible': { zh: '{steps} 个步骤不可回退', en: '{steps} steps cannot be undone' },
  'risk.privileged-account': { zh: '使用特权账户', en: 'uses a privileged account' },
  'risk.not-greyable': { zh: '核心目标无法灰度', en: 'a core target cannot be rolled out in batches' },
  'risk.category': { zh: '属于须报备的第 {category} 类变更', en: 'reportable category {category}' },
}

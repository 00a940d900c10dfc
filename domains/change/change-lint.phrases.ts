/** What lint says about a plan; braces hold the parameters of a finding. */
interface Text {
  readonly zh: string
  readonly en: string
}

export const lintPhrases: Readonly<Record<string, Text>> = {
  'plan.impact_missing': { zh: '写明影响分析（至少十个字）', en: 'Describe the impact (ten characters or more)' },
  'plan.emergency_missing': { zh: '写明应急预案（至少十个字）', en: 'Describe the emergency plan (ten characters or more)' },
  'plan.no_execute_step': { zh: '至少有一个实施步骤', en: 'There is no execute step' },
  'plan.no_verify_step': { zh: '至少有一个验证步骤', en: 'There is no verify step' },
  'plan.auto_rollback_irreversible': {
    zh: '自动回退要求每个实施步骤都有回退命令',
    en: 'Automatic rollback needs a rollback command for every execute step',
  },
  'plan.no_precheck_step': { zh: '建议增加前置检查', en: 'A precheck step is advisable' },
  'plan.no_health': { zh: '缺少健康判据', en: 'The health predicate is missing' },
  'step.key_repeated': { zh: '步骤键 {key} 重复', en: 'Step key {key} is used twice' },
  'step.phase_order': { zh: '步骤 {key} 的阶段次序不对', en: 'Step {key} is out of phase order' },
  'step.account_unknown': { zh: '目标 {target} 上没有账户 {account}', en: '{target} has no account {account}' },
  'step.no_check': { zh: '步骤 {key} 没有输出判据', en: '{key} checks no output' },
  'step.no_rollback': { zh: '步骤 {key} 未填写回退', en: 'Step {key} has no rollback' },
  'step.irreversible': { zh: '步骤 {key} 不可回退，审批人会看到', en: 'Step {key} cannot be undone; approvers will see it' },
  'step.danger_in_read_phase': { zh: '只读阶段的步骤 {key} 危险度偏高', en: 'Step {key} is dangerous for a phase that reads' },
  'step.danger_low': { zh: '实施步骤 {key} 的危险度偏低', en: 'Danger of execute step {key} looks too low' },
  'file.digest_mismatch': { zh: '{path} 的内容与所写摘要不符', en: 'The content of {path} does not match its digest' },
  'batch.no_target': { zh: '没有选择目标', en: 'No target is chosen' },
  'batch.target_repeated': { zh: '同一目标出现在多个批次', en: 'A target is in more than one batch' },
  'batch.target_unknown': { zh: '目标不存在或不属于所涉系统', en: 'A target does not exist or is of another system' },
  'batch.soak_too_short': { zh: '观察时长 {seconds} 秒，不足 {min} 秒', en: 'Soak of {seconds} s is shorter than {min} s' },
  'batch.single_batch': { zh: '{targets} 个目标须至少分两批', en: '{targets} targets need two batches at least' },
  'batch.first_too_large': {
    zh: '首批 {targets} 个目标，最多 {most} 个',
    en: 'The first batch has {targets} targets; at most {most}',
  },
  'window.missing': { zh: '未填写变更窗口', en: 'The window is missing' },
  'window.tight': {
    zh: '窗口 {minutes} 分钟，按各步时限与观察最长需 {needed} 分钟',
    en: 'The window has {minutes} min; time limits and soaks add up to {needed} min',
  },
  'hazard.delete_root': { zh: '删除根目录的命令', en: 'Deletes the root directory' },
  'hazard.disk': { zh: '直接改写磁盘或分区', en: 'Writes disks or partitions directly' },
  'hazard.remote_code': { zh: '下载并直接执行', en: 'Downloads and runs' },
  'hazard.interactive': { zh: '需要交互的程序无法按方案执行', en: 'An interactive program cannot run by plan' },
  'hazard.background': { zh: '后台运行会脱离记录与时限', en: 'Background work escapes record and time limit' },
  'hazard.change_account': { zh: '不得在命令中切换账户', en: 'Commands do not change the account' },
  'hazard.hide_traces': { zh: '清除痕迹的命令', en: 'Removes traces' },
  'hazard.tunnel': { zh: '命令中再次跳转或建立隧道', en: 'Hops on or tunnels' },
  'hazard.restart': { zh: '会重启或停止服务', en: 'Restarts or stops a service' },
  'hazard.mutation': { zh: '删除或改写数据', en: 'Deletes or rewrites data' },
  'hazard.open_permissions': { zh: '权限放开过大', en: 'Opens permissions wide' },
  'hazard.substitution': { zh: '命令替换使审批人看不到实际内容', en: 'Substitution hides from approvers what really runs' },
}

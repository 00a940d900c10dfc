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
  'artifact.path_is_folder': { zh: '{path} 是目录，不能放置制品', en: '{path} is a folder; an artifact needs a file name' },
  'artifact.empty': { zh: '{path} 的制品大小为零', en: 'The artifact for {path} has no bytes' },
  'terminal.out_of_place': {
    zh: '交互终端只能是实施步骤，不能用于检查、验证、回退或健康判据',
    en: 'A terminal is an execute step only, never a check, a rollback or the health predicate',
  },
  'terminal.danger': { zh: '交互步骤 {key} 的危险度不得低于 4', en: 'Interactive step {key} has danger 4 or 5' },
  'terminal.once': { zh: '交互步骤 {key} 只能执行一次', en: 'Interactive step {key} runs once only' },
  'terminal.interactive': {
    zh: '步骤 {key} 是交互终端：复核人须在场，事后与目标执行记录核对，审批人会看到',
    en: 'Step {key} is a terminal: the reviewer is present, and it is reconciled with the target’s own records; approvers will see it',
  },
  'batch.no_target': { zh: '没有选择目标', en: 'No target is chosen' },
  'batch.target_repeated': { zh: '同一目标出现在多个批次', en: 'A target is in more than one batch' },
  'batch.target_unknown': {
    zh: '目标不存在、不属于所涉系统，或由其他单位运维',
    en: 'A target does not exist, is of another system, or is operated by another unit',
  },
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
  'release.missing': {
    zh: '{path} 的摘要不在版本登记中，请版本经理登记并发布后再定稿',
    en: 'The digest of {path} is not in the release register; the release manager registers and issues it first',
  },
  'release.withdrawn': {
    zh: '{path} 所属版本已撤回，改用新版本',
    en: 'The release of {path} was withdrawn; use a newer one',
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
  'hazard.sql_unseen': {
    zh: '数据库客户端执行的语句在方案中看不到（变量、管道、未在方案内放置的文件），请直接写入方案',
    en: 'A database client runs statements that the plan does not show (variable, pipe, or a file it does not place): write them into the plan',
  },
  'hazard.sql_unreadable': {
    zh: '有 SQL 语句无法确定含义（{why}），按不放行处理；请拆分或改写',
    en: 'An SQL statement cannot be read for certain ({why}) and is held: split or rewrite it',
  },
  'hazard.sql_mutation': { zh: '会改写数据库：{verbs}', en: 'Changes a database: {verbs}' },
  'hazard.sql_in_artifact': {
    zh: '语句在发布包内，审批人在此看不到',
    en: 'The statements are in a released artifact; approvers do not see them here',
  },
  'step.sql_in_read_phase': {
    zh: '只读阶段（检查、验证、健康判据）不得改写数据库：{verbs}；请移到执行步骤',
    en: 'A reading phase (precheck, verify, health) changes no database: {verbs}; move it to an execute step',
  },
  'hazard.mutation': { zh: '删除或改写数据', en: 'Deletes or rewrites data' },
  'hazard.open_permissions': { zh: '权限放开过大', en: 'Opens permissions wide' },
  'hazard.substitution': { zh: '命令替换使审批人看不到实际内容', en: 'Substitution hides from approvers what really runs' },
}

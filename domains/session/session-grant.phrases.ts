import type { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import type { Phrase } from '@huabiao/kit/errors/errors'

/** Why an execution grant was not signed, in words, and what to do next. */
export const grantPhrases = {
  'session.grant_clock_skewed': {
    zh: '签名服务与数据库的时钟相差超过 2 秒。',
    en: 'The clocks of the signer and the database differ by more than 2 seconds.',
    nextZh: '请平台运维核对时间同步（NTP）后重试。',
    nextEn: 'Have platform operations check time synchronisation (NTP), then try again.',
  },
  'session.grant_change_unknown': {
    zh: '数据库中没有这项变更的这一步骤与目标。',
    en: 'The database holds no such change, step and target.',
    nextZh: '核对变更编号与方案；没有已批准的变更不能操作。',
    nextEn: 'Check the change number and its plan; nothing runs without an approved change.',
  },
  'session.grant_wrong_state': {
    zh: '变更当前的状态不允许执行这一步。',
    en: 'The change is not in a state in which this step may run.',
    nextZh: '在变更页查看当前状态与下一步由谁处理。',
    nextEn: 'See on the change page what its state is and who acts next.',
  },
  'session.grant_not_approved': {
    zh: '变更未完成全部审批。',
    en: 'The change has not been approved in full.',
    nextZh: '等待各级审批完成后再执行。',
    nextEn: 'Wait until every approval stage is complete.',
  },
  'session.grant_plan_differs': {
    zh: '方案与审批时的方案不一致。',
    en: 'The plan is not the one that was approved.',
    nextZh: '方案一经修改须重新审批。',
    nextEn: 'An edited plan has to be approved again.',
  },
  'session.grant_outside_window': {
    zh: '当前不在批准的变更窗口内。',
    en: 'It is not within the approved window.',
    nextZh: '在窗口内执行，或申请新的窗口。回退不受窗口限制。',
    nextEn: 'Run it within the window, or apply for another. Rollback is not bound to the window.',
  },
  'session.grant_lifetime': {
    zh: '执行令牌已过期、尚未生效或有效期超过 5 分钟。',
    en: 'The execution grant has expired, is not valid yet, or would live longer than 5 minutes.',
    nextZh: '重新执行该步骤，系统会签发新的令牌。',
    nextEn: 'Run the step again; a new grant will be issued.',
  },
  'session.grant_frozen': {
    zh: '当前处于封网期。',
    en: 'A freeze is in force.',
    nextZh: '等待封网结束，或由管理单位签发豁免。',
    nextEn: 'Wait for the end of the freeze, or obtain an exemption from the management unit.',
  },
  'session.grant_no_consent': {
    zh: '客户授权不成立，或已收回。',
    en: 'A customer’s consent is missing or was revoked.',
    nextZh: '请客户接口人授权；正在实施的，只能回退或等待授权恢复。',
    nextEn: 'Ask the customer’s contact; what is under way can be rolled back, or waits for their word.',
  },
  'session.grant_executor_differs': {
    zh: '执行人与变更指定的执行人不一致。',
    en: 'The executor is not the one named by the change.',
    nextZh: '由变更指定的执行人本人执行。',
    nextEn: 'The executor named by the change has to run it in person.',
  },
  'session.grant_reviewer_is_executor': {
    zh: '复核人与执行人不能是同一自然人。',
    en: 'Reviewer and executor cannot be the same natural person.',
    nextZh: '由另一人复核。',
    nextEn: 'Have another person review.',
  },
  'session.grant_reviewer_differs': {
    zh: '该步骤须由变更指定的复核人复核。',
    en: 'This step has to be reviewed by the reviewer named by the change.',
    nextZh: '请指定的复核人登录并复核签名。',
    nextEn: 'Ask the named reviewer to log on and co-sign.',
  },
  'session.grant_reviewer_absent': {
    zh: '复核人不在场。',
    en: 'The reviewer is absent.',
    nextZh: '请复核人在自己的会话中打开该变更；离开超过 60 秒将暂停。',
    nextEn: 'Ask the reviewer to open the change in their own session; an absence of 60 seconds pauses it.',
  },
  'session.grant_target_differs': {
    zh: '目标、账号或主机密钥与登记的不一致。',
    en: 'Target, account or host key differ from what is registered.',
    nextZh: '核对目标登记；主机密钥变化须先查明原因。',
    nextEn: 'Check the registration of the target; a changed host key has to be explained first.',
  },
  'session.grant_plane_differs': {
    zh: '目标不属于令牌所在的平面：平台与租户的堡垒机、证书机构各自独立（NT-B14）。',
    en: 'The target is not of the grant’s plane: bastions and authorities of platform and tenants are apart (NT-B14).',
    nextZh: '由目标所属平面的变更与堡垒机执行。',
    nextEn: 'Use a change and a bastion of the plane that the target belongs to.',
  },
  'session.grant_step_differs': {
    zh: '步骤、阶段或账号与批准的方案不一致。',
    en: 'Step, phase or account differ from the approved plan.',
    nextZh: '按方案的次序与账号执行；需要调整时走方案修订。',
    nextEn: 'Follow the order and accounts of the plan; amend the plan where it has to differ.',
  },
  'session.grant_command_differs': {
    zh: '命令与批准的方案不一致。',
    en: 'The command is not the one in the approved plan.',
    nextZh: '只能执行方案中的命令；需要调整时走方案修订。',
    nextEn: 'Only commands of the plan run; amend the plan where it has to differ.',
  },
  'session.grant_batch_locked': {
    zh: '该批次尚未放行。',
    en: 'This batch has not been released.',
    nextZh: '等待上一批观察期结束并由复核人放行。',
    nextEn: 'Wait for the soak of the batch before, and for the reviewer to release this one.',
  },
  'session.grant_not_released': {
    zh: '要放置的文件不在版本登记中，或已被撤回。',
    en: 'The file to be placed is not in the release register, or was withdrawn.',
    nextZh: '请版本经理登记并发布该制品；已撤回的，改用新版本并重新审批方案。',
    nextEn: 'Have the release manager register and issue it; if it was withdrawn, plan a newer version and have it approved.',
  },
  'session.grant_not_read_only': {
    zh: '观察模式只能执行只读命令。',
    en: 'Observe mode runs read-only commands only.',
    nextZh: '改用列出的只读命令；需要改动时提交变更。',
    nextEn: 'Use a listed read-only command; submit a change where something has to be altered.',
  },
  'session.grant_emergency_unknown': {
    zh: '没有涵盖此目标与账户的破窗应急。',
    en: 'No emergency covers this target and account.',
    nextZh: '发起破窗应急并写明目标与账户；计划内的工作走变更。',
    nextEn: 'Invoke an emergency that names the target and account; planned work goes by a change.',
  },
  'session.grant_custodians_missing': {
    zh: '破窗应急尚无两名保管人同意。',
    en: 'Two custodians have not yet agreed to the emergency.',
    nextZh: '请值守的破窗保管人以强因子确认；实施人与在场第二人不能担任。',
    nextEn: 'Have custodians on duty confirm with a strong factor; neither executor nor second person may be one.',
  },
} as const satisfies Record<keyof typeof grantRefusals, Phrase>

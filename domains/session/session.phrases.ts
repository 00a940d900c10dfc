import type { Phrase } from '@huabiao/kit/errors/errors'
import type { SessionRefusal } from './session.model.ts'

export const sessionPhrases = {
  'session.not_found': {
    zh: '没有这个会话，或不在您的可见范围。',
    en: 'There is no such session, or you may not see it.',
    nextZh: '从会话列表进入。',
    nextEn: 'Open it from the list of sessions.',
  },
  'session.wrong_state': {
    zh: '会话当前的状态不允许这个操作。',
    en: 'The session is not in a state for this.',
    nextZh: '刷新页面查看会话状态。',
    nextEn: 'Reload and see its state.',
  },
  'session.no_purpose': {
    zh: '没有运维事由，不能开启会话。',
    en: 'A session needs a purpose.',
    nextZh: '从已批准的变更进入。',
    nextEn: 'Come from an approved change.',
  },
  'session.not_executor': {
    zh: '这个会话属于另一名实施人。',
    en: 'The session is another executor’s.',
    nextZh: '由实施人本人操作。',
    nextEn: 'Only the executor uses it.',
  },
  'session.recorder_unavailable': {
    zh: '录像尚未就绪，不能执行。',
    en: 'The recorder is not ready; nothing runs.',
    nextZh: '等待会话开启；若持续不可用，请检查堡垒机与存储。',
    nextEn: 'Wait for the session to open; if it does not, check bastion and storage.',
  },
  'session.gateway_unavailable': {
    zh: '堡垒机不可用。',
    en: 'The bastion is not available.',
    nextZh: '请平台运维检查堡垒机。',
    nextEn: 'Have platform operations look at the bastion.',
  },
  'session.command_not_listed': {
    zh: '该命令不在只读清单内。',
    en: 'The command is not on the read-only list.',
    nextZh: '观察会话只允许清单内的只读命令；要改动请走变更方案。',
    nextEn: 'An observe session only reads; to change something, put it in a plan.',
  },
  'session.segment_out_of_order': {
    zh: '录像分段次序不对。',
    en: 'A segment of the recording is out of order.',
    nextZh: '由堡垒机补传缺失的分段。',
    nextEn: 'The bastion has to send the missing ones.',
  },
  'session.segment_digest_mismatch': {
    zh: '录像摘要不一致。',
    en: 'A digest of the recording does not match.',
    nextZh: '录像可能被改动，请安全审计员核查。',
    nextEn: 'The recording may have been altered; have the auditor look.',
  },
  'session.recording_not_yours': {
    zh: '您不能回放他人的会话。',
    en: 'You may not replay somebody else’s session.',
    nextZh: '由安全审计员或有职责的人员回放。',
    nextEn: 'Auditors and those whose duty it is may.',
  },
  'session.target_not_found': {
    zh: '目标或账户不在本变更范围内。',
    en: 'Target or account is not part of this change.',
    nextZh: '选择方案中的目标与账户。',
    nextEn: 'Choose one that the plan names.',
  },
  'session.observe_needs_purpose': {
    zh: '观察会话须对应您实施的、已批准的变更。',
    en: 'An observe session needs an approved change that you execute.',
    nextZh: '在变更批准后再观察。',
    nextEn: 'Look after the change is approved.',
  },
  'session.grant_not_found': {
    zh: '没有这个执行令牌。',
    en: 'There is no such execution grant.',
    nextZh: '由变更页面发起执行。',
    nextEn: 'Start the step from the change.',
  },
  'session.grant_used': {
    zh: '执行令牌只能使用一次。',
    en: 'An execution grant serves once.',
    nextZh: '重新发起这一步。',
    nextEn: 'Start the step again.',
  },
  'session.grant_expired': {
    zh: '执行令牌已过期。',
    en: 'The execution grant has expired.',
    nextZh: '重新发起这一步。',
    nextEn: 'Start the step again.',
  },
  'session.other_gateway': {
    zh: '该令牌或会话属于另一台堡垒机。',
    en: 'This belongs to another bastion.',
    nextZh: '由原堡垒机处理。',
    nextEn: 'The bastion it was given to has to do it.',
  },
  'session.stale_boot': {
    zh: '堡垒机已重启，旧连接失效。',
    en: 'The bastion was restarted; this is an old connection.',
    nextZh: '由新启动的堡垒机继续。',
    nextEn: 'The new start goes on.',
  },
  'session.ticket_invalid': {
    zh: '票据无效、已用或已过期。',
    en: 'The ticket is not valid, used, or expired.',
    nextZh: '重新打开终端或旁观。',
    nextEn: 'Open the terminal or the view again.',
  },
  'session.channel_refused': {
    zh: '不允许这种连接通道。',
    en: 'This kind of channel is refused.',
    nextZh: '只使用堡垒机命令行。',
    nextEn: 'Use the bastion’s own prompt only.',
  },
  'session.direct_shell_refused': {
    zh: '不提供自由命令行：不在方案内的命令不执行。',
    en: 'There is no free shell: what is not in the plan does not run.',
    nextZh: '按方案执行下一步，或修订方案。',
    nextEn: 'Run the next step of the plan, or amend it.',
  },
  'session.forwarding_refused': {
    zh: '不允许端口、代理或图形转发。',
    en: 'Forwarding of ports, agents and displays is refused.',
    nextZh: '需要的访问请写入变更方案。',
    nextEn: 'Put the access you need into a plan.',
  },
  'session.transfer_refused': {
    zh: '不允许直接传输文件。',
    en: 'Files are not transferred directly.',
    nextZh: '用方案的“文件”步骤下发，内容与摘要一并审批。',
    nextEn: 'Place files by a step of the plan; its content is approved with it.',
  },
} satisfies Record<SessionRefusal, Phrase>

import type { Phrase } from '@huabiao/kit/errors/errors'
import type { ViolationRefusal } from './violation.model.ts'

export const violationPhrases = {
  'violation.not_found': {
    zh: '没有这条违规记录，或不在您的可见范围。',
    en: 'There is no such violation, or you may not see it.',
    nextZh: '从违规列表进入。',
    nextEn: 'Open it from the list of violations.',
  },
  'violation.wrong_state': {
    zh: '违规当前的状态不允许这个操作。',
    en: 'The violation is not in a state for this.',
    nextZh: '刷新页面查看处置进展。',
    nextEn: 'Reload and see how far it is.',
  },
  'violation.answer_awaited': {
    zh: '当事人的说明期限未到，且尚未说明，不能裁定。',
    en: 'The person concerned has not answered, and still has time to.',
    nextZh: '等待说明，或期限届满后裁定。',
    nextEn: 'Wait for the answer, or decide when its time is over.',
  },
  'violation.not_concerned': {
    zh: '只有当事人或其主管可以说明或申诉。',
    en: 'Only the person concerned or their supervisor answers or appeals.',
    nextZh: '请当事人或其主管处理。',
    nextEn: 'Have the person concerned or their supervisor do it.',
  },
  'violation.own_case': {
    zh: '任何人不得裁定自己的违规。',
    en: 'Nobody decides on their own case.',
    nextZh: '由另一名安全管理员或云管理单位裁定。',
    nextEn: 'Another security administrator or the management unit decides.',
  },
  'violation.answered_it': {
    zh: '您已就此违规作过说明，不能再作裁定。',
    en: 'You answered for this case, so you do not decide on it.',
    nextZh: '由另一名安全管理员或云管理单位裁定。',
    nextEn: 'Another security administrator or the management unit decides.',
  },
  'violation.decided_it': {
    zh: '原裁定人不得复核自己的裁定。',
    en: 'Whoever decided does not review that decision.',
    nextZh: '由另一名安全管理员或云管理单位复核。',
    nextEn: 'Another security administrator or the management unit reviews it.',
  },
  'violation.appealed_it': {
    zh: '申诉人不得复核自己的申诉。',
    en: 'Whoever appealed does not review the appeal.',
    nextZh: '由另一名安全管理员或云管理单位复核。',
    nextEn: 'Another security administrator or the management unit reviews it.',
  },
  'violation.not_decider': {
    zh: '裁定与复核由本单位安全管理员或云管理单位作出。',
    en: 'The unit’s security administrators or the management unit decide.',
    nextZh: '请有此职责的人员处理。',
    nextEn: 'Leave it to those whose duty it is.',
  },
  'violation.unit_decides': {
    zh: '应先由该单位的安全管理员裁定；逾期未裁定时由云管理单位裁定。',
    en: 'The unit’s security administrator decides first; the management unit when that is overdue.',
    nextZh: '等待裁定，或在裁定逾期后处理。',
    nextEn: 'Wait for the decision, or act when it is overdue.',
  },
  'violation.cannot_be_deleted': {
    zh: '违规记录不能删除，也不能改写。',
    en: 'A violation is never deleted or rewritten.',
    nextZh: '认为不成立的，请说明或申诉。',
    nextEn: 'If it is wrong, answer or appeal.',
  },
  'violation.target_unknown': {
    zh: '没有这个目标，或未登记由此上报其日志。',
    en: 'There is no such target, or this follower is not registered for it.',
    nextZh: '核对目标名称与日志采集的登记。',
    nextEn: 'Check the name and what the follower is registered for.',
  },
  'violation.log_gap': {
    zh: '目标日志的位置不连续，中间有缺失。',
    en: 'The target’s log lines do not follow one another.',
    nextZh: '从已确认的位置重新上报。',
    nextEn: 'Send them again from the acknowledged position.',
  },
} satisfies Record<ViolationRefusal, Phrase>

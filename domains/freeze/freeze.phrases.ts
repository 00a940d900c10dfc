import type { Phrase } from '@huabiao/kit/errors/errors'
import type { FreezeRefusal } from './freeze.model.ts'

export const freezePhrases = {
  'freeze.not_found': {
    zh: '没有这个封网期，或不在您的可见范围。',
    en: 'There is no such freeze, or you may not see it.',
    nextZh: '从封网期列表进入。',
    nextEn: 'Open it from the list of freezes.',
  },
  'freeze.exception_not_found': {
    zh: '没有这项封网例外，或不在您的可见范围。',
    en: 'There is no such exception, or you may not see it.',
    nextZh: '从封网期的详情进入。',
    nextEn: 'Open it from its freeze.',
  },
  'freeze.span_invalid': {
    zh: '封网期的起止不成立：须晚于现在结束，且不超过 92 天。',
    en: 'The span does not hold: it ends later than now and lasts at most 92 days.',
    nextZh: '改正起止时间；更长的分段宣布。',
    nextEn: 'Correct it; a longer one is declared in parts.',
  },
  'freeze.scope_invalid': {
    zh: '封网范围不成立：选择的单位、系统或目标不存在，或不可见。',
    en: 'The scope does not hold: a unit, system or target in it does not exist, or you may not see it.',
    nextZh: '从列表中重新选择。',
    nextEn: 'Choose again from the lists.',
  },
  'freeze.not_speaker': {
    zh: '只有宣布方的管理单位人员或变更经理可以这样做。',
    en: 'Only the management unit, or a change manager of the unit that declared it, may do this.',
    nextZh: '请宣布方处理。',
    nextEn: 'Ask whoever declared it.',
  },
  'freeze.own_freeze': {
    zh: '宣布封网的人不能独自提前解除。',
    en: 'Whoever declared a freeze does not lift it alone.',
    nextZh: '由宣布方的另一人解除。',
    nextEn: 'Have another person of the same unit lift it.',
  },
  'freeze.wrong_state': {
    zh: '封网期已结束或已解除，或这项例外已有结论。',
    en: 'The freeze is over or lifted, or the exception is decided.',
    nextZh: '刷新后查看现状。',
    nextEn: 'Reload and see where it stands.',
  },
  'freeze.not_covered': {
    zh: '这项变更不受该封网期约束，无需例外。',
    en: 'The freeze does not hold this change; it needs no exception.',
    nextZh: '查看变更的护栏，确认受哪个封网期约束。',
    nextEn: 'See at the guards of the change which freeze holds it.',
  },
  'freeze.already_requested': {
    zh: '已为这份方案申请过该封网期的例外。',
    en: 'An exception of this freeze was requested for this plan already.',
    nextZh: '等待两名审批人决定；方案修改后须重新申请。',
    nextEn: 'Wait for its two deciders; a changed plan asks anew.',
  },
  'freeze.not_of_change': {
    zh: '只有变更的申请人、实施人或变更经理可以申请例外，且方案须已定稿。',
    en: 'Only requester, executor or change manager of the change ask for an exception, and its plan is finished.',
    nextZh: '请变更的参与人在方案定稿后申请。',
    nextEn: 'Have one of them ask once the plan is finished.',
  },
  'freeze.own_exception': {
    zh: '例外须由两名不同的人审批，且都没有参与这项变更。',
    en: 'Two different persons decide an exception, and neither has a part in the change.',
    nextZh: '由另一名变更经理或管理单位人员审批。',
    nextEn: 'Have another change manager or officer of the management unit decide.',
  },
  'freeze.declarer_missing': {
    zh: '两名审批人中须有一名来自宣布封网的单位。',
    en: 'One of the two deciders is of the unit that declared the freeze.',
    nextZh: '由宣布方的人员审批。',
    nextEn: 'Have somebody of that unit decide.',
  },
} as const satisfies Record<FreezeRefusal, Phrase>

import type { Phrase } from '@huabiao/kit/errors/errors'
import type { ApprovalRefusal } from './approval.model.ts'

export const approvalPhrases = {
  'approval.not_found': {
    zh: '没有这项审批。',
    en: 'There is no such approval.',
    nextZh: '请从“我的待办”重新进入。',
    nextEn: 'Open it again from My work.',
  },
  'approval.voided': {
    zh: '方案已修改，原审批作废。',
    en: 'The plan was edited, so this approval is void.',
    nextZh: '请等待方案重新提交后再审批。',
    nextEn: 'Wait for the plan to be submitted again.',
  },
  'approval.hash_mismatch': {
    zh: '您看到的方案不是当前方案。',
    en: 'The plan you see is not the present one.',
    nextZh: '刷新页面，核对差异后再决定。',
    nextEn: 'Reload, read the difference, then decide.',
  },
  'approval.not_open': {
    zh: '当前没有待您决定的审批环节。',
    en: 'No approval stage is open now.',
    nextZh: '查看审批进度，等待前一环节完成。',
    nextEn: 'See the stages; an earlier one may still be waiting.',
  },
  'approval.own_item': {
    zh: '申请、实施、复核或测试本变更的人不能审批它。',
    en: 'Whoever requests, executes, reviews or tests this change cannot approve it.',
    nextZh: '请由其他候选审批人处理。',
    nextEn: 'Let another candidate decide.',
  },
  'approval.already_decided': {
    zh: '您已对此项作出决定；同一自然人只计一次。',
    en: 'You have decided already; one natural person counts once.',
    nextZh: '无需再次操作。',
    nextEn: 'There is nothing more for you to do.',
  },
  'approval.not_candidate': {
    zh: '您不在本环节的审批人名单中。',
    en: 'You are not a candidate of this stage.',
    nextZh: '名单在提交时确定；如需调整请联系变更经理。',
    nextEn: 'The list was fixed on submission; ask the change manager.',
  },
  'approval.no_stage': {
    zh: '没有任何审批环节，不能视为通过。',
    en: 'There is no approval stage, which never counts as approved.',
    nextZh: '请安全管理员检查审批策略。',
    nextEn: 'Have the security administrator check the approval policy.',
  },
  'approval.no_candidate': {
    zh: '某个审批环节没有足够的、互不重复的合格审批人。',
    en: 'A stage lacks enough distinct, eligible approvers.',
    nextZh: '请安全管理员授予相应角色，或更换实施人、复核人。',
    nextEn: 'Have the security administrator grant the role, or choose another executor or reviewer.',
  },
  'approval.own_seat': {
    zh: '不能把审批指派给自己或原审批人。',
    en: 'Nobody seats themselves, and a seat goes to another person.',
    nextZh: '选择另一名具备该角色的人员。',
    nextEn: 'Choose another person who holds the role.',
  },
  'approval.role_missing': {
    zh: '接任人未持有本环节要求的角色。',
    en: 'The person does not hold the role of this stage.',
    nextZh: '选择本单位持有同一角色的人员，或先请安全管理员授予角色。',
    nextEn: 'Choose a holder of the role in the same unit, or have the role granted first.',
  },
  'approval.already_candidate': {
    zh: '对方已在本环节的审批人名单中。',
    en: 'That person is a candidate of this stage already.',
    nextZh: '无需转办，提醒对方处理即可。',
    nextEn: 'Nothing has to change hands; ask that person to decide.',
  },
  'approval.not_administrator': {
    zh: '只有原审批人所在单位的角色管理员可以转办。',
    en: 'Only the role administrator of the unit of that approver reassigns.',
    nextZh: '联系该单位的安全管理员或租户管理员。',
    nextEn: 'Ask the security or tenant administrator of that unit.',
  },
  'approval.deputy_not_found': {
    zh: '没有这条代理登记。',
    en: 'There is no such deputy.',
    nextZh: '刷新页面查看现有登记。',
    nextEn: 'Reload to see who is registered.',
  },
  'approval.deputy_unfit': {
    zh: '代理人须是本单位持有同一角色的另一名人员。',
    en: 'A deputy is another person of the same unit who holds the same role.',
    nextZh: '选择持有同一角色的人员。',
    nextEn: 'Choose a holder of the same role.',
  },
  'approval.window_invalid': {
    zh: '代理起止时间不正确。',
    en: 'The time of the deputyship is not right.',
    nextZh: '结束须晚于开始、尚未过去，且不超过一年。',
    nextEn: 'It ends after it begins, in the future, within one year.',
  },
} satisfies Record<ApprovalRefusal, Phrase>

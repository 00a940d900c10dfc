import type { Phrase } from '@huabiao/kit/errors/errors'
import type { AccessRefusal } from './access.model.ts'

export const accessPhrases = {
  'access.exclusive_roles': {
    zh: '该角色与此人已有的角色互斥。',
    en: 'The role and one the person holds exclude each other.',
    nextZh: '在互斥矩阵中查看；须先收回原角色。',
    nextEn: 'See the exclusion matrix; the other role has to end first.',
  },
  'access.party_unfit': {
    zh: '该角色不适用于此人所属的一方。',
    en: 'The role is not for people of this party.',
    nextZh: '选择适用于该方的角色。',
    nextEn: 'Choose a role of that party.',
  },
  'access.window_invalid': {
    zh: '有效期不正确：须在今天以后，且不超过一年。',
    en: 'The validity is not right: it ends after today and within a year.',
    nextZh: '调整起止时间。',
    nextEn: 'Correct the dates.',
  },
  'access.chain_required': {
    zh: '该角色可进入生产，须经逐级审批，不能直接授予。',
    en: 'The role reaches production: it comes by the approval chain, never by a direct grant.',
    nextZh: '由本人提交权限申请，经主管、属主、安全管理员与部门逐级审批。',
    nextEn: 'Have the person apply: supervisor, owner, security administrator and department each decide.',
  },
  'access.own_grant': {
    zh: '不能给自己授权。',
    en: 'Nobody grants to themselves.',
    nextZh: '由另一名安全管理员授予。',
    nextEn: 'Have another security administrator grant it.',
  },
  'access.role_unknown': {
    zh: '没有这个角色。',
    en: 'There is no such role.',
    nextZh: '从角色列表中选择。',
    nextEn: 'Choose one from the list.',
  },
  'access.person_not_found': {
    zh: '没有这个人员。',
    en: 'There is no such person.',
    nextZh: '从人员列表中选择。',
    nextEn: 'Choose one from the list.',
  },
  'access.binding_not_found': {
    zh: '该授权不存在或已收回。',
    en: 'The binding does not exist, or has ended.',
    nextZh: '刷新列表。',
    nextEn: 'Reload the list.',
  },
  'access.request_not_found': {
    zh: '没有这项权限申请。',
    en: 'There is no such request.',
    nextZh: '刷新列表。',
    nextEn: 'Reload the list.',
  },
  'access.request_closed': {
    zh: '该权限申请已办结。',
    en: 'The request is closed.',
    nextZh: '如仍需要，重新申请。',
    nextEn: 'Ask anew if it is still needed.',
  },
  'access.ceremony_closed': {
    zh: '首次启用已经完成，不能再次进行。',
    en: 'The first-run ceremony is over and never comes again.',
    nextZh: '使用已建立的管理员账号登录。',
    nextEn: 'Log on with the accounts it made.',
  },
  'access.ceremony_token': {
    zh: '启用码不正确。',
    en: 'The token is not right.',
    nextZh: '使用启动时打印的一次性启用码。',
    nextEn: 'Use the one-time token that the start printed.',
  },
  'access.seat_taken': {
    zh: '该席位已有人就位。',
    en: 'The seat is taken.',
    nextZh: '选择其他席位。',
    nextEn: 'Choose another seat.',
  },
  'access.seat_same_person': {
    zh: '同一自然人或登录名不能占两个席位。',
    en: 'One person or login cannot take two seats.',
    nextZh: '须由三名不同的人分别就位。',
    nextEn: 'It takes three different persons.',
  },
  'access.seat_empty': {
    zh: '还有席位未就位或未确认。',
    en: 'A seat is empty or not confirmed.',
    nextZh: '三个席位全部确认后再完成。',
    nextEn: 'Confirm all three seats first.',
  },
  'access.seat_code_wrong': {
    zh: '动态口令不正确。',
    en: 'The code is wrong.',
    nextZh: '等待下一个动态口令。',
    nextEn: 'Wait for the next code.',
  },
  'access.action_unknown': {
    zh: '策略中有平台不认识的操作。',
    en: 'The policy names an action the platform does not know.',
    nextZh: '按权限清单填写，允许语句不使用通配符。',
    nextEn: 'Use names from the list; Allow takes no wildcards.',
  },
  'access.policy_breaks_separation': {
    zh: '策略会让互斥的职责落到同一角色。',
    en: 'The policy would give a role what excludes it.',
    nextZh: '审计不能操作，管理不能审批；缩小允许的操作。',
    nextEn: 'Auditors do not act and administrators do not approve; allow less.',
  },
  'access.own_policy': {
    zh: '不能为自己所持角色放宽策略。',
    en: 'Nobody widens the rights of a role they hold.',
    nextZh: '由另一名安全管理员起草。',
    nextEn: 'Have another security administrator draft it.',
  },
  'access.policy_not_found': {
    zh: '没有这条策略。',
    en: 'There is no such policy.',
    nextZh: '刷新列表。',
    nextEn: 'Reload the list.',
  },
  'access.policy_not_draft': {
    zh: '策略不处于可操作的状态。',
    en: 'The policy is not in a state for this.',
    nextZh: '刷新列表查看当前状态。',
    nextEn: 'Reload the list and see its state.',
  },
  'access.second_person_required': {
    zh: '策略须由另一人启用。',
    en: 'Another person must put the policy into force.',
    nextZh: '请另一名安全管理员或审计员核对后启用。',
    nextEn: 'Have another security administrator or auditor check and activate it.',
  },
  'access.not_requestable': {
    zh: '该角色只能任命，不能申请。',
    en: 'The role is appointed, never requested.',
    nextZh: '由云管理单位任命。',
    nextEn: 'The management unit appoints it.',
  },
} satisfies Record<AccessRefusal, Phrase>

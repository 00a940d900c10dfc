import type { kitRefusals, Phrase } from './errors.ts'

/** Words of the refusals that any door may answer, and what to do next. */

export const kitPhrases = {
  'request.invalid': {
    zh: '请求的内容不符合要求。',
    en: 'The request is not well formed.',
    nextZh: '按提示修改标出的字段后重试。',
    nextEn: 'Correct the fields named and try again.',
  },
  'request.too_large': {
    zh: '内容过大。',
    en: 'The request is too large.',
    nextZh: '缩小内容，或分几次提交。',
    nextEn: 'Make it smaller, or send it in parts.',
  },
  'request.too_many': {
    zh: '请求过于频繁。',
    en: 'Too many requests.',
    nextZh: '稍候再试。',
    nextEn: 'Wait a moment and try again.',
  },
  'request.not_found': {
    zh: '没有这个地址。',
    en: 'There is no such address.',
    nextZh: '从导航重新进入。',
    nextEn: 'Go there again from the navigation.',
  },
  'request.stale': {
    zh: '内容已被他人更新。',
    en: 'Somebody else changed it meanwhile.',
    nextZh: '载入最新版本，核对后再保存。',
    nextEn: 'Load the latest version, compare, then save again.',
  },
  'request.idempotency_conflict': {
    zh: '同一操作标识已用于另一项请求。',
    en: 'This idempotency key was used for another request.',
    nextZh: '刷新页面后重新操作。',
    nextEn: 'Reload the page and do it again.',
  },
  'session.required': {
    zh: '尚未登录，或登录已失效。',
    en: 'You are not logged on, or your logon has ended.',
    nextZh: '重新登录；未提交的内容不会自动保存。',
    nextEn: 'Log on again; what was not sent is not kept.',
  },
  'access.service_only': {
    zh: '此接口只供堡垒机使用，人员不能取得目标凭据。',
    en: 'This is for the bastion alone; nobody obtains the credentials of a target.',
    nextZh: '经堡垒机按方案执行。',
    nextEn: 'Go through the bastion, by a step of the plan.',
  },
  'access.denied': {
    zh: '您当前的角色没有这项权限。',
    en: 'Your present role may not do this.',
    nextZh: '切换到有权限的角色，或提交权限申请。',
    nextEn: 'Wear a role that may, or request the permission.',
  },
  'access.step_up_required': {
    zh: '这是高风险操作，需要刚刚验证过的第二因子。',
    en: 'This act is dangerous and needs a second factor proved just now.',
    nextZh: '重新验证动态口令或安全密钥后自动继续。',
    nextEn: 'Prove your second factor again; the act then goes on.',
  },
  'part.unavailable': {
    zh: '平台的一个部件暂时没有答复。',
    en: 'A part of the platform does not answer for the moment.',
    nextZh: '稍候重试；已提交的操作不会重复生效。',
    nextEn: 'Try again shortly; what was sent takes effect only once.',
  },
  bug: {
    zh: '平台内部出错，操作没有生效。',
    en: 'The platform failed inside; nothing took effect.',
    nextZh: '记下请求编号，联系平台管理员。',
    nextEn: 'Note the request number and tell the platform administrator.',
  },
} satisfies Record<keyof typeof kitRefusals | 'part.unavailable' | 'bug', Phrase>

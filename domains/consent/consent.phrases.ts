import type { Phrase } from '@huabiao/kit/errors/errors'
import type { ConsentRefusal } from './consent.model.ts'

export const consentPhrases = {
  'consent.not_found': {
    zh: '没有这项预授权，或不在您的可见范围。',
    en: 'There is no such pre-authorisation, or you may not see it.',
    nextZh: '从预授权列表进入。',
    nextEn: 'Open it from the list.',
  },
  'consent.span_invalid': {
    zh: '预授权的期限不成立：须晚于现在结束，且不超过一年。',
    en: 'The term does not hold: it ends later than now and lasts a year at most.',
    nextZh: '改正起止时间。',
    nextEn: 'Correct it.',
  },
  'consent.hours_invalid': {
    zh: '时段须同时填写开始与结束，或都留空。',
    en: 'Hours have a beginning and an end, or neither.',
    nextZh: '补全时段。',
    nextEn: 'Complete the hours.',
  },
  'consent.not_customer': {
    zh: '只有系统所属使用单位的审批人可以预授权，且只能针对本单位的系统。',
    en: 'Only an approver of the user unit that owns the systems gives a pre-authorisation, and for its own systems.',
    nextZh: '请使用单位的接口人登记。',
    nextEn: 'Ask the named contact of that unit.',
  },
  'consent.wrong_state': {
    zh: '这项预授权已收回或已到期，不能再改。',
    en: 'The pre-authorisation is revoked or over.',
    nextZh: '需要时重新登记一项。',
    nextEn: 'Give a new one if it is needed.',
  },
} as const satisfies Record<ConsentRefusal, Phrase>

import type { Phrase } from '@huabiao/kit/errors/errors'
import type { AnnouncementRefusal } from './announcement.model.ts'

export const announcementPhrases = {
  'announcement.not_found': {
    zh: '没有这份告知，或不在您的可见范围。',
    en: 'There is no such announcement, or you may not see it.',
    nextZh: '从变更告知列表进入。',
    nextEn: 'Open it from the list.',
  },
  'announcement.not_addressee': {
    zh: '只有被告知单位的人员可以确认收到。',
    en: 'Only a person of the unit that was told gives its receipt.',
    nextZh: '请使用单位的接口人确认。',
    nextEn: 'Ask the contact of that unit.',
  },
  'announcement.already_received': {
    zh: '这份告知已确认收到。',
    en: 'This announcement was received already.',
    nextZh: '无须再次确认；如须放弃提前期，勾选后再提交。',
    nextEn: 'Nothing is left to do; to waive the time before the window, say so.',
  },
} as const satisfies Record<AnnouncementRefusal, Phrase>

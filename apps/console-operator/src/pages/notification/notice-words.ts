import { type NoticeTitle, noticeTitles } from '@huabiao/domains/notification/notification-title.model'
import { dictionary } from '@huabiao/ui/i18n/language'

interface NoticeWords {
  title: string
  all: string
  unread: string
  markShown: string
  none: string
  noneText: string
  label: string
  what: string
  about: string
  at: string
  other: (kind: string) => string
  kinds: Readonly<Record<string, string>>
}
const titlesIn = (language: keyof NoticeTitle): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(noticeTitles).map(([kind, title]) => [kind, title[language]]))

export const noticeWords = dictionary<NoticeWords>(
  {
    title: '通知',
    all: '全部',
    unread: '未读',
    markShown: '标为已读',
    none: '没有通知',
    noneText: '需要您处理的事项、变更的进展会在这里告诉您。',
    label: '通知列表',
    what: '事项',
    about: '对象',
    at: '时间',
    other: (kind) => `有新的进展（${kind}）`,
    kinds: titlesIn('zh'),
  },
  {
    title: 'Notifications',
    all: 'All',
    unread: 'Unread',
    markShown: 'Mark read',
    none: 'No notifications',
    noneText: 'What waits for you and how your changes get on is told here.',
    label: 'Notifications',
    what: 'What',
    about: 'About',
    at: 'When',
    other: (kind) => `Something moved (${kind})`,
    kinds: titlesIn('en'),
  },
)

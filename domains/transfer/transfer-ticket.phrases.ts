import type { Phrase } from '@huabiao/kit/errors/errors'
import type { TicketRefusal } from './transfer-ticket.model.ts'

export const ticketPhrases = {
  'transfer.ticket_not_found': {
    zh: '没有这张外传单，或不在您的可见范围。',
    en: 'There is no such ticket, or you may not see it.',
    nextZh: '从外传单列表进入。',
    nextEn: 'Open it from the list of tickets.',
  },
  'transfer.ticket_path_unfit': {
    zh: '路径须为目标上的绝对路径，且不含特殊字符。',
    en: 'The path must be absolute, as it lies on the target, without special characters.',
    nextZh: '写明一个文件的完整路径。',
    nextEn: 'Name one file by its whole path.',
  },
  'transfer.ticket_too_wide': {
    zh: '有效期或次数超出许可：敏感与个人信息只能下载一次。',
    en: 'Too long or too often: what is sensitive or personal leaves once.',
    nextZh: '缩短有效期，减少次数。',
    nextEn: 'Ask for less time or fewer downloads.',
  },
  'transfer.ticket_closed': {
    zh: '这张外传单已经有结论或已失效。',
    en: 'This ticket has been decided, or its time is over.',
    nextZh: '如仍需要，重新申请。',
    nextEn: 'Ask for another one if the need remains.',
  },
  'transfer.ticket_not_approved': {
    zh: '外传单尚未批准，或文件正在提取。',
    en: 'The ticket is not approved yet, or its file is being fetched.',
    nextZh: '等待系统属主与安全管理员批准。',
    nextEn: 'Wait for the system owner and the security administrator.',
  },
  'transfer.ticket_not_yours': {
    zh: '外传单只给申请人本人使用。',
    en: 'A ticket serves the person who asked for it.',
    nextZh: '本人另行申请。',
    nextEn: 'Ask for one of your own.',
  },
  'transfer.ticket_no_purpose': {
    zh: '外传须对应您实施的、已批准的变更及其目标。',
    en: 'A file leaves for an approved change that you execute, from one of its targets.',
    nextZh: '在变更批准后从中申请。',
    nextEn: 'Ask once the change is approved.',
  },
  'transfer.fetch_failed': {
    zh: '未能从目标提取文件。',
    en: 'The file could not be fetched from the target.',
    nextZh: '核对路径与账户权限后重新提取。',
    nextEn: 'Check the path and what the account may read, then fetch again.',
  },
} as const satisfies Record<TicketRefusal, Phrase>

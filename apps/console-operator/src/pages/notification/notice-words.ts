import { dictionary } from '@huabiao/ui/i18n/language'
import { enOverdue, zhOverdue } from './overdue-words.ts'

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
    kinds: {
      ...zhOverdue,
      'change.accept': '变更待您受理',
      'change.plan': '变更待您编制方案',
      'change.assess': '变更待您评估',
      'change.test': '变更待您测试',
      'change.approve': '变更待您审批',
      'change.consent': '变更待您代表客户授权',
      'change.not_approved': '变更未获批准',
      'change.scheduled': '变更已排期',
      'change.ready': '变更已就绪，可在窗口内实施',
      'change.begun': '变更开始实施',
      'change.paused': '变更已暂停',
      'change.resumed': '变更已恢复实施',
      'change.rolling_back': '变更正在回退',
      'change.verified': '变更已通过验证',
      'change.closed': '变更已关闭',
      'change.expired': '变更窗口已过，未实施',
      'permission.decide': '权限申请待您审批',
      'permission.granted': '您申请的权限已授予，切换角色即可使用',
      'permission.rejected': '您的权限申请被驳回',
      'permission.expired': '您的权限申请逾期未决，已失效',
      'permission.expiring': '您的角色即将到期',
      'permission.ended': '您的权限已到期或被收回',
      'permission.suspended': '您的角色已被暂停',
      'permission.resumed': '您的角色已恢复',
    },
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
    kinds: {
      ...enOverdue,
      'change.accept': 'A change waits for your acceptance',
      'change.plan': 'A change waits for your plan',
      'change.assess': 'A change waits for your assessment',
      'change.test': 'A change waits for your test',
      'change.approve': 'A change waits for your approval',
      'change.consent': 'A change waits for the customer’s consent from you',
      'change.not_approved': 'A change was not approved',
      'change.scheduled': 'A change was scheduled',
      'change.ready': 'A change is ready for its window',
      'change.begun': 'A change has begun',
      'change.paused': 'A change was paused',
      'change.resumed': 'A change goes on',
      'change.rolling_back': 'A change is rolling back',
      'change.verified': 'A change passed its verification',
      'change.closed': 'A change was closed',
      'change.expired': 'A change’s window passed unused',
      'permission.decide': 'A permission request waits for you',
      'permission.granted': 'The permission you asked for was granted; switch the role to use it',
      'permission.rejected': 'Your permission request was rejected',
      'permission.expired': 'Your permission request fell undecided',
      'permission.expiring': 'A role of yours ends soon',
      'permission.ended': 'A permission of yours has ended',
      'permission.suspended': 'A role of yours was suspended',
      'permission.resumed': 'A role of yours is in force again',
    },
  },
)

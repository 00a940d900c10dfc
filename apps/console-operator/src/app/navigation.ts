import type { IconName } from '@huabiao/ui/primitives/Icon'
import { paths } from './paths.ts'

export interface NavItem {
  to: string
  zh: string
  en: string
  icon: IconName
  /** Shown to those whose roles in force allow it. */
  needs?: string
  /** Highlighted for this very address only. */
  exact?: boolean
}
export interface NavGroup {
  zh: string
  en: string
  items: readonly NavItem[]
}

export const navigation: readonly NavGroup[] = [
  {
    zh: '变更',
    en: 'Changes',
    items: [
      { to: paths.home, zh: '我的待办', en: 'My work', icon: 'inbox', exact: true },
      { to: paths.changes, zh: '变更', en: 'Changes', icon: 'change', needs: 'change:read' },
      { to: paths.calendar, zh: '变更日历', en: 'Calendar', icon: 'calendar', needs: 'change:read' },
      { to: paths.sessions, zh: '运维会话', en: 'Sessions', icon: 'terminal', needs: 'session:read' },
    ],
  },
  {
    zh: '人员与权限',
    en: 'People & rights',
    items: [
      { to: paths.organizations, zh: '单位与人员', en: 'Organizations', icon: 'people', needs: 'organization:read' },
      { to: paths.accounts, zh: '账号', en: 'Accounts', icon: 'person', needs: 'account:read' },
      { to: paths.terminals, zh: '终端登记', en: 'Terminals', icon: 'host', needs: 'terminal:manage' },
      { to: paths.roles, zh: '角色与互斥', en: 'Roles', icon: 'role', needs: 'role:read' },
      {
        to: paths.permissionRequests,
        zh: '权限申请',
        en: 'Permission requests',
        icon: 'request',
        needs: 'permission-request:create',
      },
    ],
  },
  {
    zh: '证据',
    en: 'Evidence',
    items: [{ to: paths.ledger, zh: '审计台账', en: 'Audit ledger', icon: 'ledger', needs: 'ledger:read' }],
  },
]

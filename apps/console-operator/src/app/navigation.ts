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
      { to: paths.templates, zh: '标准变更模型', en: 'Standard changes', icon: 'copy', needs: 'template:read' },
      { to: paths.documentary, zh: '文书轨变更', en: 'Documentary changes', icon: 'document', needs: 'documentary:read' },
      { to: paths.emergencies, zh: '破窗应急', en: 'Break-glass', icon: 'alert', needs: 'emergency:read' },
      { to: paths.calendar, zh: '变更日历', en: 'Calendar', icon: 'calendar', needs: 'change:read' },
      { to: paths.freezes, zh: '封网期', en: 'Freezes', icon: 'lock', needs: 'freeze:read' },
      { to: paths.announcements, zh: '变更告知', en: 'Announcements', icon: 'bell', needs: 'announcement:read' },
      { to: paths.preauthorisations, zh: '客户预授权', en: 'Pre-authorisations', icon: 'request', needs: 'consent:read' },
      { to: paths.releases, zh: '版本登记', en: 'Releases', icon: 'certificate', needs: 'release:read' },
      { to: paths.sessions, zh: '运维会话', en: 'Sessions', icon: 'terminal', needs: 'session:read' },
      {
        to: paths.onMySystems,
        zh: '对我的系统做了什么',
        en: 'Done on my systems',
        icon: 'watch',
        needs: 'session:on-my-systems',
      },
      { to: paths.enrolments, zh: '目标纳管', en: 'Enrolment', icon: 'host', needs: 'enrolment:read' },
      { to: paths.kept, zh: '保管凭据', en: 'Kept credentials', icon: 'lock', needs: 'vault:read' },
      { to: paths.transfers, zh: '文件传输', en: 'Transfers', icon: 'document', needs: 'transfer:read' },
    ],
  },
  {
    zh: '人员与权限',
    en: 'People & rights',
    items: [
      { to: paths.organizations, zh: '单位与人员', en: 'Organizations', icon: 'people', needs: 'organization:read' },
      { to: paths.accounts, zh: '账号', en: 'Accounts', icon: 'person', needs: 'account:read' },
      { to: paths.people, zh: '人员与复核', en: 'People & reviews', icon: 'audit', needs: 'lifecycle:read' },
      { to: paths.terminals, zh: '终端登记', en: 'Terminals', icon: 'host', needs: 'terminal:manage' },
      { to: paths.sources, zh: '身份源', en: 'Identity sources', icon: 'key', needs: 'source:read' },
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
    items: [
      { to: paths.ledger, zh: '审计台账', en: 'Audit ledger', icon: 'ledger', needs: 'ledger:read' },
      { to: paths.violations, zh: '违规', en: 'Violations', icon: 'danger', needs: 'violation:read' },
    ],
  },
]

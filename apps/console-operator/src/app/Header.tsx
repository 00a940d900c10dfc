import { logoff, setLocale, wearRole } from '@huabiao/domains/identity/identity.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Menu, type MenuItem } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { plainApi } from '../api/client.ts'
import { useAct } from '../api/hooks.ts'
import type { Me } from '../api/me.tsx'
import { Bell } from './Bell.tsx'
import { paths } from './paths.ts'
import { useRoleName } from './role-names.ts'
import { shellWords } from './shell-words.ts'

export function Header({ me }: { me: Me }) {
  const w = useWords(shellWords)
  const { language, setLanguage } = useLanguage()
  const switchLanguage = () => {
    const next = language === 'en' ? 'zh-CN' : 'en'
    setLanguage(next)
    // The choice also words what the SSH gateway says; a failure to keep it must not get in the way.
    plainApi(setLocale, { body: { locale: next } }).catch(() => undefined)
  }
  return (
    <header className="header">
      <div className="row gap-8 grow">
        <span className="header-unit clip">{language === 'en' ? me.tenant.nameEn : me.tenant.nameZh}</span>
      </div>
      <RoleSwitch me={me} />
      <button type="button" className="header-button" onClick={switchLanguage} aria-label={w.languageLabel}>
        <Icon name="language" />
        <span lang={language === 'en' ? 'zh-CN' : 'en'}>{w.language}</span>
      </button>
      <Bell />
      <PersonMenu me={me} />
    </header>
  )
}

function RoleSwitch({ me }: { me: Me }) {
  const w = useWords(shellWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const navigate = useNavigate()
  const wear = useAct(wearRole, {
    onDone: (now) => toast(now.role ? w.worn(nameOf(now.role)) : w.wornAll),
  })
  const choose = (role: string | null) => wear.mutate({ body: { role } }, { onError: (error) => toast(error.message, 'bad') })
  const label = (role: string | null, hint?: string) => (
    <span className="role-choice">
      <Icon name="check" className={role === me.role ? '' : 'unseen'} />
      <span className="stack">
        <span>{role === null ? w.allRoles : nameOf(role)}</span>
        {hint ? <span className="faint small">{hint}</span> : null}
      </span>
      {role ? <code className="faint push">{role}</code> : null}
    </span>
  )
  const items: MenuItem[] = [
    ...(me.roles.length > 1 ? [{ key: 'all', label: label(null, w.allRolesHint), onSelect: () => choose(null) }] : []),
    ...me.roles.map((role) => ({ key: role, label: label(role), onSelect: () => choose(role) })),
    { key: 'ask', label: w.askRole, icon: 'request' as const, onSelect: () => void navigate(paths.permissionRequests) },
  ]
  const worn = me.role ? nameOf(me.role) : me.roles.length > 1 ? w.allRoles : me.roles[0] ? nameOf(me.roles[0]) : w.noRoles
  return (
    <Menu items={items}>
      <button type="button" className="header-button role-button" aria-label={format.labelled(w.role, worn)} title={w.wearHint}>
        <Icon name="role" />
        <span className="clip">{worn}</span>
        <Icon name="chevronDown" size={10} />
      </button>
    </Menu>
  )
}

function PersonMenu({ me }: { me: Me }) {
  const w = useWords(shellWords)
  const { language } = useLanguage()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const leave = () => {
    const away = () => {
      queries.clear()
      void navigate(paths.logon, { replace: true })
    }
    plainApi(logoff).then(away, away)
  }
  return (
    <Menu
      items={[
        { key: 'account', label: w.account, icon: 'person', onSelect: () => void navigate(paths.account) },
        { key: 'logoff', label: w.logoff, icon: 'logout', onSelect: leave },
      ]}
    >
      <button type="button" className="header-button person-button">
        <span className="avatar" aria-hidden>
          {[...me.person.name].at(-1)}
        </span>
        <span className="stack person-words">
          <span>{language === 'en' ? me.person.nameEn : me.person.name}</span>
          <code className="faint">{me.account.login}</code>
        </span>
        <Icon name="chevronDown" size={10} />
      </button>
    </Menu>
  )
}

import './shell.css'
import { getMe } from '@huabiao/domains/identity/identity.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { IconButton } from '@huabiao/ui/primitives/Button'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Tooltip } from '@huabiao/ui/primitives/Tooltip'
import { Suspense, useEffect, useState } from 'react'
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigation } from 'react-router'
import { codeOf } from '../api/client.ts'
import { useApi } from '../api/hooks.ts'
import { type Me, MeProvider, useCan, useMe } from '../api/me.tsx'
import { Header } from './Header.tsx'
import { navigation } from './navigation.ts'
import { paths } from './paths.ts'
import { StepUpDialog } from './StepUpDialog.tsx'
import { shellWords } from './shell-words.ts'

/** The frame of every page for somebody who is logged on; everybody else is led to the logon page, and back afterwards. */
export function Shell() {
  const me = useApi(getMe)
  const { pathname, search } = useLocation()
  const code = codeOf(me.error)
  if (code === 'session.required') return <Navigate to={`${paths.logon}?next=${encodeURIComponent(pathname + search)}`} replace />
  if (me.data?.mustChangePassword || code === 'identity.password_change_required') return <Navigate to={paths.password} replace />
  if (!me.data) return me.error ? <Away error={me.error} /> : <div className="shell-wait" role="status" />
  return (
    <MeProvider value={me.data}>
      <Frame me={me.data} />
      <StepUpDialog />
    </MeProvider>
  )
}

function Away({ error }: { error: unknown }) {
  return (
    <main className="shell-away">
      <ProblemNote error={error} />
    </main>
  )
}

const foldedKey = 'huabiao.nav-folded'
const storedFold = (): boolean => {
  try {
    return localStorage.getItem(foldedKey) === '1'
  } catch {
    return false
  }
}

function Frame({ me }: { me: Me }) {
  const w = useWords(shellWords)
  const [folded, setFolded] = useState(storedFold)
  const { pathname } = useLocation()
  const loading = useNavigation().state === 'loading'
  useEffect(() => {
    try {
      localStorage.setItem(foldedKey, folded ? '1' : '0')
    } catch {
      // Without storage the choice lasts for this page.
    }
  }, [folded])
  return (
    <div className={`shell${folded ? ' folded' : ''}`}>
      <a className="skip" href="#content">
        {w.skip}
      </a>
      <aside className="side on-ink">
        <Link to={paths.home} className="brand">
          <img src="/mark.svg" alt={folded ? w.product : ''} width={28} height={28} />
          <span className="brand-words">
            <b>{w.product}</b>
            <span>{w.subtitle}</span>
          </span>
        </Link>
        <Navigation folded={folded} />
        <div className="side-foot">
          <IconButton icon={folded ? 'unfold' : 'fold'} label={folded ? w.unfold : w.fold} onClick={() => setFolded(!folded)} />
        </div>
      </aside>
      <div className="shell-main">
        <Header me={me} />
        {loading ? <div className="page-progress" role="status" aria-label={w.main} /> : null}
        <Reminders />
        <main id="content" className="content" tabIndex={-1} key={pathname.split('/')[1]}>
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  )
}

function Navigation({ folded }: { folded: boolean }) {
  const w = useWords(shellWords)
  const { language } = useLanguage()
  const can = useCan()
  const say = (of: { zh: string; en: string }) => (language === 'en' ? of.en : of.zh)
  return (
    <nav className="nav" aria-label={w.main}>
      {navigation.map((group) => {
        const items = group.items.filter((item) => !item.needs || can(item.needs))
        if (items.length === 0) return null
        return (
          <div key={group.zh} className="nav-group">
            <div className="nav-title">{say(group)}</div>
            {items.map((item) => (
              <Tooltip key={item.to} text={folded ? say(item) : undefined} placement="right">
                <NavLink to={item.to} end={item.exact ?? false} className="nav-item">
                  <Icon name={item.icon} size={15} />
                  <span>{say(item)}</span>
                </NavLink>
              </Tooltip>
            ))}
          </div>
        )
      })}
    </nav>
  )
}

const soonMs = 14 * 86_400_000
/** What will stop the person from working soon, said before it does. */
function Reminders() {
  const w = useWords(shellWords)
  const format = useFormat()
  const { trainingValidUntil, passwordExpiresAt } = useMe()
  const isSoon = (at: string | null): at is string => at !== null && Date.parse(at) - Date.now() < soonMs
  return (
    <>
      {isSoon(trainingValidUntil) ? <div className="reminder">{w.trainingSoon(trainingValidUntil)}</div> : null}
      {isSoon(passwordExpiresAt) ? (
        <div className="reminder">
          {w.passwordSoon(format.date(passwordExpiresAt))} <Link to={paths.account}>{w.changePassword}</Link>
        </div>
      ) : null}
    </>
  )
}

import { getCeremony } from '@huabiao/domains/access/access-ceremony.contract'
import type { LogonChallenge, Me } from '@huabiao/domains/identity/identity.contract'
import { getMe, logonCertificate, setLocale } from '@huabiao/domains/identity/identity.contract'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { plainApi } from '../../api/client.ts'
import { useLogonWays } from '../../app/logon-ways.ts'
import { paths } from '../../app/paths.ts'
import { safeNext } from '../../app/safe-next.ts'
import { ComeBack } from './ComeBack.tsx'
import { EnrolStep } from './EnrolStep.tsx'
import { takeNext } from './kept-next.ts'
import { LogonFrame } from './LogonFrame.tsx'
import { logonWords } from './logon-words.ts'
import { PasswordStep } from './PasswordStep.tsx'
import { SecondStep } from './SecondStep.tsx'
import { DirectoryStep, type LogonSource, SourceWays } from './SourceWays.tsx'

interface First {
  by: 'password' | 'certificate' | 'source'
  login: string
  challenge: LogonChallenge
}
export function Page() {
  const w = useWords(logonWords)
  const { language, setLanguage } = useLanguage()
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const [directory, setDirectory] = useState<LogonSource>()
  const queries = useQueryClient()
  const [first, setFirst] = useState<First>()
  const ways = useLogonWays()
  const [chosen, setChosen] = useState(false)
  const ceremony = useQuery({ queryKey: [getCeremony.name], queryFn: () => plainApi(getCeremony), retry: false })

  const enter = async (me: Me) => {
    // A language chosen on this page wins over the one the account remembers.
    if (chosen && me.locale !== language) await plainApi(setLocale, { body: { locale: language } }).catch(() => undefined)
    else setLanguage(me.locale)
    queries.clear()
    queries.setQueryData([getMe.name, {}, {}], me)
    const next = safeNext(search.get('next') ?? takeNext())
    await navigate(me.mustChangePassword ? `${paths.password}?next=${encodeURIComponent(next)}` : next, { replace: true })
  }
  const byCertificate = async () => {
    const { login, ...challenge } = await plainApi(logonCertificate)
    setFirst({ by: 'certificate', login, challenge })
  }
  const bySource = useCallback((login: string, challenge: LogonChallenge) => setFirst({ by: 'source', login, challenge }), [])
  const again = () => {
    setFirst(undefined)
    setDirectory(undefined)
    if (pathname !== paths.logon) void navigate(paths.logon, { replace: true })
  }
  return (
    <LogonFrame onSwitch={() => setChosen(true)}>
      {first === undefined && pathname !== paths.logon ? (
        <ComeBack onPassed={bySource} onAgain={again} />
      ) : first === undefined && directory ? (
        <DirectoryStep source={directory} onPassed={bySource} onBack={again} />
      ) : first === undefined ? (
        <>
          {ceremony.data?.open ? (
            <div className="logon-first-run">
              {w.firstRun} <Link to={paths.ceremony}>{w.toCeremony}</Link>
            </div>
          ) : null}
          <PasswordStep
            onPassed={(login, challenge) => setFirst({ by: 'password', login, challenge })}
            onCertificate={byCertificate}
            certificateUrl={ways?.certificateUrl ?? null}
            tryCertificate={search.get('by') === 'certificate'}
          />
          <SourceWays next={search.get('next')} onDirectory={setDirectory} />
        </>
      ) : first.challenge.factors.length === 0 ? (
        <EnrolStep challenge={first.challenge} onDone={enter} onAgain={again} />
      ) : (
        <SecondStep by={first.by} login={first.login} challenge={first.challenge} onDone={enter} onAgain={again} />
      )}
    </LogonFrame>
  )
}

import { getMe, logoff, type Me } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { toast } from '@huabiao/ui/primitives/toast'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'
import { plainApi } from '../../api/client.ts'
import { paths } from '../../app/paths.ts'
import { safeNext } from '../../app/safe-next.ts'
import { LogonFrame } from './LogonFrame.tsx'
import { logonWords } from './logon-words.ts'
import { PasswordForm } from './PasswordForm.tsx'

/** The only page of somebody whose password is an initial one or has expired. */
export function Page() {
  const w = useWords(logonWords)
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const queries = useQueryClient()
  const leave = () => {
    const away = () => {
      queries.clear()
      void navigate(paths.logon, { replace: true })
    }
    plainApi(logoff).then(away, away)
  }
  return (
    <LogonFrame>
      <div className="stack gap-16">
        <h1>{w.passwordTitle}</h1>
        <p className="muted">{w.passwordForced}</p>
        <PasswordForm
          owner={ownerOf(queries.getQueryData<Me>([getMe.name, {}, {}]))}
          onChanged={(me) => {
            toast(w.changed)
            queries.setQueryData([getMe.name, {}, {}], me)
            void navigate(safeNext(search.get('next')), { replace: true })
          }}
        />
        <div>
          <Button tone="link" icon="logout" onClick={leave}>
            {w.logoff}
          </Button>
        </div>
      </div>
    </LogonFrame>
  )
}

const ownerOf = (me: Me | undefined) => ({
  login: me?.account.login ?? '',
  name: me?.person.name ?? '',
  nameEn: me?.person.nameEn ?? '',
})

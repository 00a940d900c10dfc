import { useWords } from '@huabiao/ui/i18n/language'
import { accountWords } from './account-words.ts'
import { OnceSecret } from './OnceSecret.tsx'

export function OneTimePassword({ login, password }: { login: string; password: string }) {
  const w = useWords(accountWords)
  return (
    <OnceSecret label={w.once} secret={password} text={w.onceText}>
      <span className="muted small">{w.login}</span>
      <code>{login}</code>
    </OnceSecret>
  )
}

import './once.css'
import { useWords } from '@huabiao/ui/i18n/language'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { accountWords } from './account-words.ts'

/** Shown once; it is nowhere else afterwards. */
export function OneTimePassword({ login, password }: { login: string; password: string }) {
  const w = useWords(accountWords)
  return (
    <div className="stack gap-12">
      <div className="once">
        <span className="muted small">{w.login}</span>
        <code>{login}</code>
        <span className="muted small">{w.once}</span>
        <span className="row gap-4">
          <code className="once-secret">{password}</code>
          <CopyButton text={password} label={w.once} />
        </span>
      </div>
      <p className="muted">{w.onceText}</p>
    </div>
  )
}

import type { AccountView } from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { accountWords } from './account-words.ts'

export function AccountTags({ account }: { account: AccountView }) {
  const w = useWords(accountWords)
  const format = useFormat()
  return (
    <span className="row gap-4 wrap-row">
      <StatusTag tone={account.status === 'active' ? 'good' : 'neutral'}>{w.statuses[account.status]}</StatusTag>
      {account.lockedUntil && Date.parse(account.lockedUntil) > Date.now() ? (
        <StatusTag tone="bad" icon="lock">
          {w.locked(format.time(account.lockedUntil))}
        </StatusTag>
      ) : null}
      {account.mustChangePassword ? <StatusTag tone="wait">{w.mustChange}</StatusTag> : null}
      {account.privileged ? (
        <StatusTag tone="side" hint={w.privilegedHint}>
          {w.privileged}
        </StatusTag>
      ) : null}
    </span>
  )
}

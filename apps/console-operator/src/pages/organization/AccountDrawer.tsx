import {
  type AccountView,
  disableAccount,
  enableAccount,
  exemptTerminal,
  resetFactors,
  resetPassword,
  revokeSessions,
  unlockAccount,
} from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog, Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { AccountSessions } from '../account/MySessions.tsx'
import { AccountTags } from './AccountTags.tsx'
import { accountWords } from './account-words.ts'
import { Certificates } from './Certificates.tsx'
import { OneTimePassword } from './OneTimePassword.tsx'

const acts = {
  disable: disableAccount,
  enable: enableAccount,
  unlock: unlockAccount,
  revoke: revokeSessions,
  exempt: exemptTerminal,
  resetPassword,
  resetFactors,
} as const
type Act = keyof typeof acts

/** One account and what an administrator may do with it; each act asks for a reason, which goes into the ledger. */
export function AccountDrawer({ account, onClose }: { account: AccountView; onClose: () => void }) {
  const w = useWords(accountWords)
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  const [act, setAct] = useState<Act>()
  const why = account.id === me.account.id ? w.own : can('account:manage') ? undefined : w.notAllowed
  const button = (which: Act, danger = false) => (
    <Button key={which} tone={danger ? 'danger' : 'plain'} disabledReason={why} onClick={() => setAct(which)}>
      {w[which]}
    </Button>
  )
  return (
    <Drawer title={<code>{account.login}</code>} open onClose={onClose} width={560}>
      <div className="stack gap-24">
        <AccountTags account={account} />
        <Facts
          items={[
            { label: w.person, value: account.personName },
            { label: w.unit, value: account.unitName },
            {
              label: w.factors,
              value: account.factors.length > 0 ? account.factors.map((factor) => w.factorNames[factor]).join(' · ') : w.noFactor,
            },
            { label: w.lastLogon, value: account.lastLogonAt ? format.seconds(account.lastLogonAt) : w.never },
            { label: w.notAfter, value: account.notAfter ? format.dateTime(account.notAfter) : w.unlimited },
            { label: w.created, value: format.dateTime(account.createdAt) },
          ]}
        />
        <div className="row gap-8 wrap-row">
          {account.lockedUntil ? button('unlock') : null}
          {button('revoke')}
          {button('resetPassword')}
          {button('exempt')}
          {button('resetFactors')}
          {account.status === 'active' ? button('disable', true) : button('enable')}
        </div>
        <AccountSessions accountId={account.id} />
        <Certificates accountId={account.id} why={why} />
      </div>
      {act ? <ActDialog key={act} act={act} account={account} onClose={() => setAct(undefined)} /> : null}
    </Drawer>
  )
}

function ActDialog({ act, account, onClose }: { act: Act; account: AccountView; onClose: () => void }) {
  const w = useWords(accountWords)
  const common = useWords(uiWords)
  const [reason, setReason] = useState('')
  const run = useAct(acts[act] as typeof resetPassword, {
    onDone: (answer) => {
      // The recoveries answer with something to hand over or to wait for; the others are done.
      if ('oneTimePassword' in answer && (answer.oneTimePassword || answer.state === 'awaiting-second')) return
      toast(w.acted)
      onClose()
    },
  })
  const answer = run.data
  const over = answer && 'state' in answer
  return (
    <Dialog
      title={`${w[act]} · ${account.login}`}
      open
      onClose={onClose}
      footer={
        over ? (
          <Button tone="primary" onClick={onClose}>
            {answer.oneTimePassword ? w.done : common.close}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{w.cancel}</Button>
            <Button
              tone={act === 'enable' || act === 'unlock' ? 'primary' : 'danger-solid'}
              busy={run.isPending}
              disabledReason={reason.trim() ? undefined : common.missing(w.reason)}
              onClick={() => run.mutate({ params: { accountId: account.id }, body: { reason } })}
            >
              {w.confirm}
            </Button>
          </>
        )
      }
    >
      {over ? (
        answer.oneTimePassword ? (
          <OneTimePassword login={account.login} password={answer.oneTimePassword} />
        ) : (
          <p>{w.waitSecond}</p>
        )
      ) : (
        <div className="stack gap-16">
          {run.error ? <ProblemNote error={run.error} compact /> : null}
          <p className="muted">{w.actText[act]}</p>
          <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} hint={w.reasonHint} autoFocus />
        </div>
      )}
    </Dialog>
  )
}

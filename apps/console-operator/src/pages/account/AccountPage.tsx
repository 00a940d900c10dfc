import './account.css'
import { getMe, listMyFactors } from '@huabiao/domains/identity/identity.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { PasswordForm } from '../logon/PasswordForm.tsx'
import { Certificates, SecurityKeys, SshKeys } from './Credentials.tsx'
import { MyChannels } from './MyChannels.tsx'
import { MyDeputies } from './MyDeputies.tsx'
import { MySessions } from './MySessions.tsx'
import { MyTerminals } from './MyTerminals.tsx'
import { myAccountWords } from './my-account-words.ts'
import { TotpDialog } from './TotpDialog.tsx'

/** All that proves who I am, and where I may do so. */
export function Page() {
  const w = useWords(myAccountWords)
  const format = useFormat()
  const queries = useQueryClient()
  const me = useMe()
  const factors = useApi(listMyFactors)
  const [dialog, setDialog] = useState<'password' | 'totp'>()
  const close = () => setDialog(undefined)
  return (
    <ResourcePage title={w.title}>
      <div className="account-grid">
        <div className="stack gap-16">
          <Profile />
          <MySessions />
        </div>
        <div className="stack gap-16">
          {factors.error ? <ProblemNote error={factors.error} /> : null}
          <Card flush label={w.password}>
            <div className="credential">
              <div className="stack grow">
                <span className="strong">{w.password}</span>
                <span className="muted small">
                  {me.passwordExpiresAt ? w.passwordUntil(format.date(me.passwordExpiresAt)) : w.unlimited}
                </span>
              </div>
              <Button onClick={() => setDialog('password')}>{w.changePassword}</Button>
            </div>
            <div className="credential">
              <div className="stack grow">
                <span className="strong">{w.totp}</span>
                <span className="muted small">
                  {factors.data?.totpEnrolledAt ? w.totpSince(format.dateTime(factors.data.totpEnrolledAt)) : w.totpNone}
                </span>
              </div>
              <Button onClick={() => setDialog('totp')}>{w.totpReplace}</Button>
            </div>
          </Card>
          <SecurityKeys items={factors.data?.securityKeys} />
          <SshKeys items={factors.data?.sshKeys} />
          <Certificates items={factors.data?.certificates} />
          <MyTerminals />
          <MyChannels />
          <MyDeputies />
        </div>
      </div>
      {dialog === 'password' ? (
        <Dialog title={w.changePassword} open onClose={close}>
          <PasswordForm
            owner={{ login: me.account.login, name: me.person.name, nameEn: me.person.nameEn }}
            onChanged={(now) => {
              queries.setQueryData([getMe.name, {}, {}], now)
              toast(w.passwordChanged)
              close()
            }}
          />
        </Dialog>
      ) : null}
      {dialog === 'totp' ? <TotpDialog onClose={close} /> : null}
    </ResourcePage>
  )
}

function Profile() {
  const w = useWords(myAccountWords)
  const { language } = useLanguage()
  const format = useFormat()
  const nameOf = useRoleName()
  const me = useMe()
  const english = language === 'en'
  return (
    <Card title={w.profile}>
      <Facts
        items={[
          { label: w.person, value: english ? me.person.nameEn : me.person.name },
          { label: w.login, value: <code>{me.account.login}</code> },
          { label: w.unit, value: english ? me.tenant.nameEn : me.tenant.nameZh },
          {
            label: w.roles,
            value:
              me.roles.length === 0 ? (
                <span className="muted">{w.noRoles}</span>
              ) : (
                <span className="stack gap-4">
                  {me.roles.map((role) => (
                    <span key={role}>
                      {nameOf(role)} <code className="faint">{role}</code>
                    </span>
                  ))}
                </span>
              ),
          },
          { label: w.training, value: me.trainingValidUntil ?? <span className="muted">{w.noTraining}</span> },
          { label: w.accountUntil, value: me.account.notAfter ? format.dateTime(me.account.notAfter) : w.unlimited },
          { label: w.session, value: format.dateTime(me.sessionExpiresAt) },
          { label: w.mfa, value: me.mfaAt ? format.seconds(me.mfaAt) : w.totpNone },
          { label: w.terminal, value: me.terminal?.name ?? <span className="muted">{w.unregistered}</span> },
        ]}
      />
    </Card>
  )
}

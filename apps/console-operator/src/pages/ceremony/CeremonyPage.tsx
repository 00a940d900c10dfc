import './ceremony.css'
import { closeCeremony, getCeremony, seats } from '@huabiao/domains/access/access-ceremony.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { PasswordField, TextField } from '@huabiao/ui/primitives/Field'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { LogonFrame } from '../logon/LogonFrame.tsx'
import { ceremonyWords } from './ceremony-words.ts'
import { SeatDialog } from './SeatDialog.tsx'

/** Three persons, three seats, one start (S10). The server counts the seats; this page only shows them. */
export function Page() {
  const w = useWords(ceremonyWords)
  const [token, setToken] = useState('')
  const [seat, setSeat] = useState<(typeof seats)[number]>()
  const found = useApi(getCeremony, {}, { everyMs: 3000 })
  const state = found.data
  const why = token.length >= 20 ? undefined : w.tokenShort
  if (state && !state.open)
    return (
      <LogonFrame>
        <EmptyState
          page
          icon="pass"
          title={w.closed}
          text={w.closedText}
          action={
            <LinkButton to={paths.logon} tone="primary">
              {w.toLogon}
            </LinkButton>
          }
        />
      </LogonFrame>
    )
  return (
    <LogonFrame wide>
      <div className="stack gap-20">
        <h1>{w.title}</h1>
        <p className="muted">{w.text}</p>
        {found.error ? <ProblemNote error={found.error} /> : null}
        <PasswordField label={w.token} value={token} onChange={setToken} hint={w.tokenHint} autoComplete="off" maxLength={200} />
        {state ? (
          <ul className="seats">
            {seats.map((code) => {
              const held = state.seats.find((one) => one.seat === code)
              return (
                <li key={code} className={held?.confirmed ? 'taken' : ''}>
                  <span className="strong">{w.seats[code]}</span>
                  <span className="muted small">{w.duties[code]}</span>
                  <span className="seat-name">{held?.name ?? ' '}</span>
                  <StatusTag tone={held?.confirmed ? 'good' : held?.name ? 'wait' : 'neutral'}>
                    {held?.confirmed ? w.confirmed : held?.name ? w.waiting : w.empty}
                  </StatusTag>
                  {held?.confirmed ? null : (
                    <Button size="small" disabledReason={why} onClick={() => setSeat(code)}>
                      {held?.name ? w.confirmSeat : w.take}
                    </Button>
                  )}
                </li>
              )
            })}
          </ul>
        ) : (
          <Skeleton lines={3} height={40} />
        )}
        {state?.seats.every((one) => one.confirmed) ? (
          <CloseForm token={token} why={why} />
        ) : (
          <p className="faint small">{w.notReady}</p>
        )}
      </div>
      {seat && state ? (
        <SeatDialog
          seat={seat}
          token={token}
          taken={state.seats.some((one) => one.seat === seat && one.name !== null)}
          onClose={() => setSeat(undefined)}
        />
      ) : null}
    </LogonFrame>
  )
}

function CloseForm({ token, why }: { token: string; why: string | undefined }) {
  const w = useWords(ceremonyWords)
  const [code, setCode] = useState('')
  const [nameZh, setNameZh] = useState('')
  const [nameEn, setNameEn] = useState('')
  const close = useAct(closeCeremony)
  const complete = closeCeremony.body.safeParse({ token, code, nameZh, nameEn }).success
  return (
    <section className="stack gap-16" aria-label={w.unit}>
      <h2>{w.unit}</h2>
      <p className="muted">{w.unitText}</p>
      {close.error ? <ProblemNote error={close.error} /> : null}
      <TextField label={w.code1} value={code} onChange={setCode} mono required hint={w.codeHint} maxLength={40} />
      <TextField label={w.nameZh} value={nameZh} onChange={setNameZh} required maxLength={120} />
      <TextField label={w.unitEn} value={nameEn} onChange={setNameEn} required maxLength={120} />
      <div>
        <Button
          tone="primary"
          size="large"
          busy={close.isPending}
          disabledReason={why ?? (complete ? undefined : w.codeHint)}
          onClick={() => close.mutate({ body: { token, code, nameZh, nameEn } })}
        >
          {w.close}
        </Button>
      </div>
    </section>
  )
}

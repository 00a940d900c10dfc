import { confirmSeat, getCeremony, type seats, takeSeat } from '@huabiao/domains/access/access-ceremony.contract'
import { passwordRefusal } from '@huabiao/domains/identity/identity-password.model'
import { isIdentityNumber } from '@huabiao/domains/organization/organization.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, useRefusals } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { PasswordField, TextField } from '@huabiao/ui/primitives/Field'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { QrCode } from '../logon/QrCode.tsx'
import { ceremonyWords } from './ceremony-words.ts'

type Seat = (typeof seats)[number]
export interface SeatDialogProps {
  seat: Seat
  token: string
  /** The seat has a person whose code is not confirmed yet. */
  taken: boolean
  onClose: () => void
}
/** One person takes one seat: who they are, a password, an authenticator. */
export function SeatDialog({ seat, token, taken, onClose }: SeatDialogProps) {
  const w = useWords(ceremonyWords)
  const [code, setCode] = useState('')
  const take = useAct(takeSeat, { refresh: [getCeremony] })
  const confirm = useAct(confirmSeat, { refresh: [getCeremony], onDone: onClose })
  const enrolled = take.data
  return (
    <Dialog title={w.seats[seat]} open onClose={onClose} width={560} sticky={enrolled !== undefined}>
      {enrolled || taken ? (
        <div className="stack gap-16">
          {confirm.error ? <ProblemNote error={confirm.error} compact /> : null}
          <p className="muted">{w.enrol}</p>
          {enrolled ? <QrCode uri={enrolled.uri} secret={enrolled.secret} /> : null}
          <OtpField
            label={w.code}
            value={code}
            onChange={setCode}
            onComplete={(digits) => confirm.mutate({ body: { token, seat, code: digits } }, { onError: () => setCode('') })}
            disabled={confirm.isPending}
            invalid={confirm.isError}
            autoFocus
          />
        </div>
      ) : (
        <Who
          seat={seat}
          token={token}
          error={take.error}
          busy={take.isPending}
          onTake={(body) => take.mutate({ body })}
          onClose={onClose}
        />
      )}
    </Dialog>
  )
}

interface Taking {
  token: string
  seat: Seat
  name: string
  nameEn: string
  identityNumber: string
  login: string
  password: string
}
function Who({
  seat,
  token,
  error,
  busy,
  onTake,
  onClose,
}: {
  seat: Seat
  token: string
  error: unknown
  busy: boolean
  onTake: (body: Taking) => void
  onClose: () => void
}) {
  const w = useWords(ceremonyWords)
  const say = useRefusals()
  const [name, setName] = useState('')
  const [nameEn, setNameEn] = useState('')
  const [identityNumber, setNumber] = useState('')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const number = identityNumber.trim().toUpperCase()
  const weak = passwordRefusal(password, { login, name, nameEn })
  const body: Taking = { token, seat, name, nameEn, identityNumber: number, login, password }
  const complete = takeSeat.body.safeParse(body).success && isIdentityNumber(number) && !weak && password === again
  return (
    <div className="stack gap-16">
      {error ? <ProblemNote error={error} compact /> : null}
      <div className="row gap-16 top">
        <div className="grow">
          <TextField label={w.name} value={name} onChange={setName} required maxLength={120} autoFocus />
        </div>
        <div className="grow">
          <TextField label={w.nameEn} value={nameEn} onChange={setNameEn} required maxLength={120} />
        </div>
      </div>
      <TextField
        label={w.identityNumber}
        value={identityNumber}
        onChange={setNumber}
        mono
        required
        maxLength={18}
        autoComplete="off"
        hint={w.identityHint}
        error={number.length === 18 && !isIdentityNumber(number) ? w.identityInvalid : undefined}
      />
      <TextField
        label={w.login}
        value={login}
        onChange={setLogin}
        mono
        required
        maxLength={40}
        spellCheck={false}
        hint={w.loginHint}
      />
      <PasswordField
        label={w.password}
        value={password}
        onChange={setPassword}
        required
        autoComplete="new-password"
        hint={w.passwordHint}
        error={password !== '' && weak ? say(weak).words : undefined}
      />
      <PasswordField
        label={w.passwordAgain}
        value={again}
        onChange={setAgain}
        required
        autoComplete="new-password"
        error={again !== '' && again !== password ? w.mismatch : undefined}
      />
      <div className="row gap-8 dialog-foot">
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button tone="primary" busy={busy} disabledReason={complete ? undefined : w.passwordHint} onClick={() => onTake(body)}>
          {w.take}
        </Button>
      </div>
    </div>
  )
}

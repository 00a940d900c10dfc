import { createPermissionRequest } from '@huabiao/domains/access/access.contract'
import { exclusionOf, isRole, type RoleCode, roleCodes, roles } from '@huabiao/domains/access/access.model'
import { appointedRoles, dutiesOf, requestMaxDays } from '@huabiao/domains/access/access-request.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { accessWords } from './access-words.ts'
import { requestWords } from './request-words.ts'

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()

/** Asks for a role of one's own. What would be refused cannot be chosen, and says why; the server asks again. */
export function AskDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const nameOf = useRoleName()
  const me = useMe()
  const navigate = useNavigate()
  const [role, setRole] = useState<RoleCode | ''>('')
  const [duty, setDuty] = useState('')
  const [reason, setReason] = useState('')
  const [notAfter, setNotAfter] = useState<string | null>(inDays(30))
  const ask = useAct(createPermissionRequest, {
    onDone: (request) => {
      toast(w.submitted)
      void navigate(paths.permissionRequest(request.id))
    },
  })
  const why = (code: RoleCode): string | undefined => {
    if (appointedRoles.includes(code)) return w.appointed
    if (!roles[code].parties.includes(me.tenant.party)) return w.unfitAsk
    const clash = me.roles.find((one) => isRole(one) && exclusionOf(one, code) === 'static')
    return clash ? w.clashAsk(nameOf(clash)) : undefined
  }
  // Those that can be had come first: the others are there to say why not.
  const options = [...roleCodes].sort((a, b) => Number(why(a) !== undefined) - Number(why(b) !== undefined))
  const duties = role ? (dutiesOf[role] ?? []) : []
  const complete = role && reason.trim() && notAfter
  return (
    <Dialog
      title={w.newRequest}
      open
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={ask.isPending}
            disabledReason={complete ? undefined : r.incomplete}
            onClick={() => complete && ask.mutate({ body: { role, duty: duty || null, reason, notAfter } })}
          >
            {w.submit}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {ask.error ? <ProblemNote error={ask.error} compact /> : null}
        <p className="muted">{w.requestsMeta}</p>
        <SelectField
          label={w.role}
          required
          value={role}
          placeholder={w.role}
          onChange={(code) => {
            if (isRole(code)) setRole(code)
            setDuty('')
          }}
          options={options.map((code) => {
            const reasonNot = why(code)
            return {
              value: code,
              label: `${code} ${nameOf(code)}${reasonNot ? `（${reasonNot}）` : ''}`,
              disabled: reasonNot !== undefined,
            }
          })}
        />
        {duties.length > 0 ? (
          <SelectField
            label={w.duty}
            value={duty}
            onChange={setDuty}
            options={[{ value: '', label: r.noDuty }, ...duties.map((one) => ({ value: one, label: r.duties[one] ?? one }))]}
          />
        ) : null}
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} hint={r.reasonHint} />
        <DateTimeField
          label={w.until}
          value={notAfter}
          onChange={setNotAfter}
          required
          hint={r.termHint}
          maxDays={requestMaxDays}
        />
      </div>
    </Dialog>
  )
}

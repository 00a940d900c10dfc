import './lifecycle.css'
import { roleCodes, roles } from '@huabiao/domains/access/access.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { openCampaign } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { campaignMaxDays } from '@huabiao/domains/lifecycle/lifecycle-review.model'
import { listOrganizations } from '@huabiao/domains/organization/organization.contract'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { reviewWords } from './review-words.ts'

interface Choice {
  readonly id: string
  readonly name: string
}
function Choices(props: {
  title: string
  all: readonly Choice[]
  chosen: readonly string[]
  onChange: (ids: readonly string[]) => void
}) {
  const { title, all, chosen, onChange } = props
  const w = useWords(reviewWords)
  if (all.length === 0) return null
  return (
    <fieldset className="field">
      <legend className="field-label">
        {title} {chosen.length === 0 ? <span className="faint small">{w.allOf}</span> : null}
      </legend>
      <div className="lifecycle-choices">
        {all.map((one) => (
          <Checkbox
            key={one.id}
            checked={chosen.includes(one.id)}
            onChange={(on) => onChange(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}
          >
            {one.name}
          </Checkbox>
        ))}
      </div>
    </fieldset>
  )
}

export function OpenCampaignDrawer({ onClose, onDone }: { onClose: () => void; onDone: (campaignId: string) => void }) {
  const w = useWords(reviewWords)
  const me = useMe()
  const { language } = useLanguage()
  const roleName = useRoleName()
  const [name, setName] = useState('')
  const [dueAt, setDueAt] = useState<string | null>(null)
  const [codes, setCodes] = useState<readonly string[]>([])
  const [departmentIds, setDepartments] = useState<readonly string[]>([])
  const [systemIds, setSystems] = useState<readonly string[]>([])
  const organizations = useApi(listOrganizations)
  const systems = useApi(listSystems, { query: { limit: 100 } })
  const open = useAct(openCampaign, {
    onDone: (campaign) => {
      toast(w.done)
      onDone(campaign.id)
    },
  })
  const error = open.error ?? organizations.error ?? systems.error
  const parsed = openCampaign.body.safeParse({ name, dueAt, roles: codes, departmentIds, systemIds })
  const departments = (organizations.data?.items ?? []).filter(
    (one) => one.tenantId === me.tenant.id && one.kind === 'department',
  )
  return (
    <Drawer
      title={w.open}
      open
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={open.isPending}
            disabledReason={parsed.success ? undefined : w.openHint}
            onClick={() => parsed.success && open.mutate({ body: parsed.data })}
          >
            {w.open}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
        <DateTimeField label={w.due} value={dueAt} onChange={setDueAt} required maxDays={campaignMaxDays} hint={w.dueHint} />
        <Choices
          title={w.roles}
          all={roleCodes
            .filter((code) => roles[code].parties.includes(me.tenant.party))
            .map((code) => ({ id: code, name: `${roleName(code)} ${code}` }))}
          chosen={codes}
          onChange={setCodes}
        />
        <Choices
          title={w.departments}
          all={departments.map((one) => ({ id: one.id, name: language === 'en' ? one.nameEn : one.nameZh }))}
          chosen={departmentIds}
          onChange={setDepartments}
        />
        <Choices title={w.systems} all={systems.data?.items ?? []} chosen={systemIds} onChange={setSystems} />
      </div>
    </Drawer>
  )
}

import { listPersons } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { useRoleName } from '../../app/role-names.ts'
import type { Names } from './policy-sentence.ts'

/** Names for what a document carries by its id: of persons those who were picked here or are found; others keep their id. */
export function usePolicyNames(hasPersons: boolean): Names & { learn: (id: string, name: string) => void } {
  const format = useFormat()
  const role = useRoleName()
  const [picked, setPicked] = useState<Readonly<Record<string, string>>>({})
  const { data } = useApi(listPersons, { query: { limit: 100 } }, { enabled: hasPersons })
  return {
    role,
    moment: format.dateTime,
    person: (id) => picked[id] ?? data?.items.find((one) => one.id === id)?.name ?? id,
    learn: (id, name) => setPicked((before) => ({ ...before, [id]: name })),
  }
}

import { type ChangeDetail, lintPlanNow } from '@huabiao/domains/change/change.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../../api/client.ts'

/** What the editor asks for while one types, and the key that saves. */

export interface Draft {
  plan: ChangePlan
  windowStart: string | null
  windowEnd: string | null
  executorId: string | null
  reviewerId: string | null
}

/** Targets of the systems that the change is about: a plan reaches nothing else. */
export function useTargets(systemIds: readonly string[]) {
  return useQuery({
    queryKey: ['targets of', ...systemIds],
    queryFn: async () =>
      (await Promise.all(systemIds.map((systemId) => api(listTargets, { query: { systemId, limit: 100 } })))).flatMap(
        (page) => page.items,
      ),
  })
}

/** The server's lint while one types: the same function that holds the plan back later. A half-typed plan that cannot be read yet keeps the last answer. */
export function useLint(change: ChangeDetail, draft: Draft) {
  const [findings, setFindings] = useState(change.lint)
  useEffect(() => {
    const timer = setTimeout(() => {
      const body = { plan: draft.plan, windowStart: draft.windowStart, windowEnd: draft.windowEnd }
      api(lintPlanNow, { params: { changeId: change.id }, body }).then(
        (answer) => setFindings(answer.findings),
        () => {},
      )
    }, 350)
    return () => clearTimeout(timer)
  }, [draft.plan, draft.windowStart, draft.windowEnd, change.id])
  return findings
}

export function useSaveKey(save: (() => void) | undefined): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      save?.()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [save])
}

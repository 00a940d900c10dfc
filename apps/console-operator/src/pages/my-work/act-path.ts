import type { Act } from '@huabiao/domains/change/change-act.model'
import { paths } from '../../app/paths.ts'

const tabOf: Partial<Record<Act, string>> = {
  assess: 'approval',
  recordTest: 'approval',
  decide: 'approval',
  consent: 'approval',
  begin: 'cockpit',
  runNext: 'cockpit',
  cosign: 'cockpit',
  releaseBatch: 'cockpit',
  passVerification: 'cockpit',
  resume: 'cockpit',
}
/** Where an act is done: the tab with its button, the editor for a plan that is not finished. */
export function actPath(changeId: string, act: Act): string {
  if (act === 'finishPlan') return paths.plan(changeId)
  const tab = tabOf[act]
  return tab ? `${paths.change(changeId)}?tab=${tab}` : paths.change(changeId)
}

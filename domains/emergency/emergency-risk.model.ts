import type { Risk } from '@huabiao/domains/change/change.model'
import { type GradeFacts, riskOf, riskReasons } from '@huabiao/domains/change/change-grade.model'

/**
 * Risk of an emergency, which has no plan: that of a change whose only steps are raw terminals on these targets (anchors/itsm.md §2.2.1). Such a
 * step has danger 4 at least (change-lint), and nothing takes back what is typed in it. What is not known is not guessed lower: R1.
 */
export function emergencyRisk(of: {
  readonly wanted: readonly { readonly targetId: string; readonly accounts: readonly string[] }[]
  readonly targets: readonly (GradeFacts['targets'][number] & { readonly systemId: string })[]
  readonly systems: GradeFacts['systems']
}): Risk {
  const known =
    of.targets.length > 0 &&
    of.wanted.every(({ targetId }) => of.targets.some((target) => target.id === targetId)) &&
    of.targets.every((target) => of.systems.some((system) => system.id === target.systemId))
  if (!known) return 'R1'
  const steps = of.wanted
    .flatMap((one) => one.accounts)
    .map((account) => ({ phase: 'execute', danger: 4, account, rollback: { kind: 'none', reason: 'terminal' } }) as const)
  return riskOf(riskReasons({ plan: { steps, health: null }, categories: [], systems: of.systems, targets: of.targets }))
}

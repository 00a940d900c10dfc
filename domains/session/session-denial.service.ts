import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { SessionDeps } from './session.ports.ts'

/** What sessions beside a plan are: a look is of the least danger, a file that leaves of a middle one, a raw terminal of the highest. */
const dangers = { observe: 1, fetch: 3, interactive: 5 } as const

/** Policies of the security administrators hold at every way in, an emergency's too. @throws Refusal access.session_denied */
export async function refuseDenied(
  deps: SessionDeps,
  actor: PersonActor,
  of: { readonly action: 'session:open' | 'session:step'; readonly channel: keyof typeof dangers; readonly target: Target },
): Promise<void> {
  const { action, channel, target } = of
  const asked = { action, channel, targetName: target.name, port: target.port, danger: dangers[channel] }
  const denied = await deps.sessionDenial(actor, asked)
  if (denied) throw new Refusal('access.session_denied', { ...denied })
}

import type { accessModule } from '@huabiao/domains/access/access.module'
import { settleProposals } from '@huabiao/domains/federation/federation.module'
import { closeAccount, endLogons, reopenAccount, suspendAccount } from '@huabiao/domains/identity/identity.module'
import {
  type LifecycleDeps,
  type LifecycleJobs,
  lifecycleModule,
  sweepCampaigns,
  sweepDepartures,
  sweepNorms,
  sweepProposals,
} from '@huabiao/domains/lifecycle/lifecycle.module'
import type { organizationModule } from '@huabiao/domains/organization/organization.module'
import { endSessionsOf, type sessionModule } from '@huabiao/domains/session/session.module'
import type { Logger } from 'pino'

export { openItemsOf, staying } from '@huabiao/domains/lifecycle/lifecycle.module'

interface Parts extends Pick<LifecycleDeps, 'clock' | 'notify' | 'isAllowed'> {
  readonly organization: ReturnType<typeof organizationModule>
  readonly access: ReturnType<typeof accessModule>
  readonly session: ReturnType<typeof sessionModule>
}
/** The ports of the life cycle of people: it ends what many domains gave. */
const depsOf = ({ organization, access, session, ...own }: Parts): LifecycleDeps => ({
  ...own,
  names: organization.names,
  peopleOf: organization.peopleOf,
  holders: access.holders,
  isDepartmentOf: organization.isDepartmentOf,
  movePerson: organization.movePerson,
  personLeft: organization.personLeft,
  endRoles: access.endRoles,
  endRole: (tx, bindingId, how) => access.endRole(tx, { bindingId, ...how }),
  holdRole: (tx, bindingId, how) => access.holdByRule(tx, { bindingId, ...how }, true),
  releaseRole: (tx, bindingId, how) => access.holdByRule(tx, { bindingId, ...how }, false),
  closeAccount,
  endLogons,
  settleProposals,
  suspendAccount,
  reopenAccount,
  endSessions: (tx, ending) => endSessionsOf(tx, session.deps, ending),
})

/** Routes, and what time itself asks of people and accounts. */
export function lifecyclePart({ db, log, record, ...parts }: Parts & Pick<LifecycleJobs, 'db' | 'record'> & { log: Logger }) {
  const { routes, deps } = lifecycleModule(depsOf(parts))
  const jobs: LifecycleJobs = { db, deps, record }
  const failed =
    (what: string) =>
    (id: string, error: unknown): void =>
      log.error({ id, error }, what)
  return {
    routes,
    jobs: {
      departures: async () => {
        await sweepProposals(jobs, failed('what a source says of people could not be followed'))
        return sweepDepartures(jobs, failed('a departure could not be carried out'))
      },
      campaigns: () => sweepCampaigns(jobs, failed('a campaign could not go on')),
      norms: () => sweepNorms(jobs, failed('accounts of a unit could not be judged')),
    },
  }
}

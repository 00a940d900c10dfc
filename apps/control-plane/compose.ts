import { accessRefusals } from '@huabiao/domains/access/access.model'
import { accessModule, ceremonyRoutes, sweepPermissions } from '@huabiao/domains/access/access.module'
import { approvalRefusals } from '@huabiao/domains/approval/approval.model'
import { approvalModule } from '@huabiao/domains/approval/approval.module'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import {
  changeModule,
  driveRollbacks,
  type SessionPort,
  sweepChanges,
  sweepDeadlines,
} from '@huabiao/domains/change/change.module'
import { type GuardId, guardModesOf } from '@huabiao/domains/change/change-guard.model'
import { cmdbModule } from '@huabiao/domains/cmdb/cmdb.module'
import { evidenceRefusals } from '@huabiao/domains/evidence/evidence.model'
import { evidenceModule, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import { hashPassword, seedAccount } from '@huabiao/domains/identity/identity.fixtures'
import { identityRefusals } from '@huabiao/domains/identity/identity.model'
import { identityModule } from '@huabiao/domains/identity/identity.module'
import { passwordRefusal } from '@huabiao/domains/identity/identity-password.model'
import { infosystemRefusals } from '@huabiao/domains/infosystem/infosystem.model'
import { infosystemModule } from '@huabiao/domains/infosystem/infosystem.module'
import { ledgerRefusals } from '@huabiao/domains/ledger/ledger.model'
import { ledgerModule, signDueHeads } from '@huabiao/domains/ledger/ledger.module'
import { deliverNotices, type NoticeChannel, notificationModule } from '@huabiao/domains/notification/notification.module'
import { insertOrganization, insertPerson } from '@huabiao/domains/organization/organization.fixtures'
import { isIdentityNumber, organizationRefusals } from '@huabiao/domains/organization/organization.model'
import { identityDigest, organizationModule } from '@huabiao/domains/organization/organization.module'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { sessionModule, sweepGateways } from '@huabiao/domains/session/session.module'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import type { Actor, ServiceActor } from '@huabiao/kit/actor/actor'
import { type HolidayTable, holidaysOf } from '@huabiao/kit/calendar/calendar'
import { publishedHolidays } from '@huabiao/kit/calendar/published-holidays'
import type { Clock } from '@huabiao/kit/clock/clock'
import { sealer } from '@huabiao/kit/crypto/seal'
import type { SignerClient } from '@huabiao/kit/crypto/signer-client'
import { signerRefusals } from '@huabiao/kit/crypto/signer-refusals'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { kitRefusals, type RefusalTable } from '@huabiao/kit/errors/errors'
import type { GatePorts, RecordedEvent } from '@huabiao/kit/http/http'
import type { Route, Visitor } from '@huabiao/kit/http/route'
import type { ServiceKey } from '@huabiao/kit/http/service-auth'
import type { Logger } from 'pino'

export interface Platform {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly signer: SignerClient
  readonly objects: ObjectStore
  readonly secretKey: Uint8Array
  /** Ways that notices take out of the product; none unless the management unit allows one (RL-22). */
  readonly channels?: readonly NoticeChannel[]
  readonly services: readonly ServiceKey[]
  readonly httpsOnly: boolean
  readonly origin: string
  /** Where TLS asks for client certificates; undefined where nothing does. */
  readonly certificateOrigin?: string | undefined
  /** RL-20: nobody logs on from a terminal that is not registered. */
  readonly terminalRequired?: boolean
  readonly minSoakSeconds: number
  readonly requiredGuards: readonly GuardId[]
  /** Holiday tables of this deployment; they replace built-in ones of the same year. */
  readonly holidays?: readonly HolidayTable[]
  /** One-time token of the first-run ceremony; undefined where there is none. */
  readonly ceremonyToken: string | undefined
  wsUrl(gatewayId: string): string | undefined
}

/** What any door may answer, with status and red line. */
export const allRefusals: RefusalTable = {
  ...kitRefusals,
  ...organizationRefusals,
  ...identityRefusals,
  ...accessRefusals,
  ...ledgerRefusals,
  ...approvalRefusals,
  ...evidenceRefusals,
  ...infosystemRefusals,
  ...changeRefusals,
  ...sessionRefusals,
  ...grantRefusals,
  ...signerRefusals,
}

const scheduler: ServiceActor = {
  kind: 'service',
  service: 'scheduler',
  serviceId: 'control-plane',
  plane: 'platform',
  door: 'system',
  sourceIp: '',
}

/** The composition root: every port is wired here and nowhere else. Domains know their ports, not each other's insides. */
export function compose(on: Platform) {
  const { db, clock, log, signer } = on
  const digestIdentity = identityDigest(on.secretKey)
  const organization = organizationModule({
    clock,
    digestIdentity,
    // Live roles are what somebody hands over before they leave (RL-25).
    openItems: async (tx, personId) => (await access.rolesOf(tx, personId)).roles.length,
  })
  const approval = approvalModule({ clock, names: organization.names, holders: (tx, of) => access.holders(tx, of) })
  const channels: readonly NoticeChannel[] = on.channels ?? []
  const notification = notificationModule({ clock, channels })
  const holidays = holidaysOf([...publishedHolidays, ...(on.holidays ?? [])])
  const access = accessModule({
    db,
    clock,
    holidays,
    names: organization.names,
    trained: organization.trained,
    approval,
    notify: notification.notify,
  })
  const identity = identityModule({
    db,
    clock,
    secretKey: on.secretKey,
    rolesOf: access.rolesOf,
    rolesOfAll: access.rolesOfAll,
    canWear: access.canWear,
    actionsOf: async (_tx, actor) => [...(await access.actionsOf(actor))].sort(),
    services: on.services,
    httpsOnly: on.httpsOnly,
    origin: on.origin,
    certificateOrigin: on.certificateOrigin,
    terminalRequired: on.terminalRequired ?? false,
  })
  const headSigner = { signTreeHead: signer.signTreeHead, publicKeys: async () => (await signer.keys()).keys }
  const ledger = ledgerModule({ clock, suite: gmSuite, signer: headSigner })
  const evidence = evidenceModule({ clock, store: on.objects })
  const infosystem = infosystemModule()
  const cmdb = cmdbModule()
  // Change and session need each other; the later one is asked for when it is there.
  const late: { sessions?: SessionPort } = {}
  const change = changeModule({
    clock,
    holders: access.holders,
    names: organization.names,
    qualified: organization.trained,
    actionsOf: (_tx, actor) => access.actionsOf(actor),
    approval,
    systems: infosystem,
    targets: cmdb,
    notify: notification.notify,
    signer,
    sessions: () => late.sessions!,
    guardModes: guardModesOf(on.requiredGuards),
    minSoakSeconds: on.minSoakSeconds,
    holidays,
  })
  const session = sessionModule({
    db,
    clock,
    evidence,
    runs: () => change.runs,
    targets: cmdb,
    signer,
    observable: change.observable,
    issueToken: identity.issueToken,
    localeOf: (tx, actor) => identity.localeOf(tx, actor.accountId),
    wsUrl: on.wsUrl,
    isAllowed: async (_tx, actor, action) => (await access.actionsOf(actor)).has(action),
  })
  late.sessions = session.port

  const record = (tx: Tx, actor: Actor | Visitor, events: readonly RecordedEvent[]): Promise<void> =>
    ledger.append(tx, actor, events)
  const ports: GatePorts = {
    db,
    clock,
    log,
    refusals: allRefusals,
    // No act deletes, edits or switches off what is kept for the auditor; whoever tries is told by its name (RL-36).
    unknownCommand: (method, path) =>
      method !== 'GET' && /^\/api\/v1\/(ledger|audit|recordings|evidence)\b/.test(path)
        ? 'ledger.cannot_be_disabled'
        : 'request.not_found',
    authenticate: identity.authenticate,
    authorize: access.authorize,
    record,
  }
  const ceremony = ceremonyRoutes({
    clock,
    token: on.ceremonyToken,
    seal: sealer(on.secretKey, 'ceremony'),
    isIdentityNumber,
    digestIdentity,
    passwordRefusal,
    hashPassword,
    addManagementUnit: (tx, { at, ...unit }) =>
      insertOrganization(tx, {
        ...unit,
        tenantId: unit.id,
        parentId: null,
        kind: 'unit',
        party: 'management-unit',
        status: 'active',
        version: 1,
        createdAt: at,
      }),
    addPerson: (tx, { at, ...person }) =>
      insertPerson(tx, {
        ...person,
        departmentId: null,
        phone: null,
        email: null,
        trainingValidUntil: null,
        trainingCertificate: null,
        createdAt: at,
      }),
    addAccount: (tx, account) => seedAccount(tx, { ...account, secretKey: on.secretKey }),
  })
  const routes: Route[] = [
    ...ceremony,
    ...organization.routes,
    ...identity.routes,
    ...access.routes,
    ...approval.routes,
    ...ledger.routes,
    ...notification.routes,
    ...infosystem.routes,
    ...cmdb.routes,
    ...change.routes,
    ...session.routes,
  ]
  const bySystem = (tx: Tx, events: readonly RecordedEvent[]): Promise<void> => record(tx, scheduler, events)
  const changeJobs = { db, deps: change.deps, actor: scheduler, record: bySystem }
  const failed =
    (what: string) =>
    (changeId: string, error: unknown): void =>
      log.error({ changeId, error }, what)
  return {
    routes,
    ports,
    evidence,
    changeDeps: change.deps,
    /** Work that time itself asks for; each answers how much it found to do. */
    jobs: {
      changes: () => sweepChanges(changeJobs, failed('a change could not be swept')),
      deadlines: () => sweepDeadlines(changeJobs, failed('a deadline could not be fired')),
      rollbacks: () => driveRollbacks(changeJobs, failed('a rollback could not go on')),
      permissions: () => sweepPermissions({ db, deps: access.deps, record: bySystem }, failed('a permission could not be swept')),
      notices: () => deliverNotices({ db, clock, channels, record: bySystem }),
      gateways: () => sweepGateways(session.deps, db, bySystem),
      heads: () =>
        signDueHeads({ db, clock, suite: gmSuite, signer: headSigner }, (chain, error) =>
          log.warn({ chain, error }, 'no tree head was signed'),
        ),
    },
    startBell: () => session.bell.start(),
  }
}
export type Composed = ReturnType<typeof compose>

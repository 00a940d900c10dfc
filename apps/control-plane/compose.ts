import { isRole, needsChain } from '@huabiao/domains/access/access.model'
import { accessModule, sweepPermissions } from '@huabiao/domains/access/access.module'
import { announcementModule } from '@huabiao/domains/announcement/announcement.module'
import { approvalModule } from '@huabiao/domains/approval/approval.module'
import {
  type ChangeDeps,
  type ContentPort,
  changeModule,
  driveRollbacks,
  type SessionPort,
  sweepChanges,
  sweepDeadlines,
} from '@huabiao/domains/change/change.module'
import { type GuardId, guardModesOf } from '@huabiao/domains/change/change-guard.model'
import { cmdbModule } from '@huabiao/domains/cmdb/cmdb.module'
import { consentModule } from '@huabiao/domains/consent/consent.module'
import { documentaryModule, sweepObligations } from '@huabiao/domains/documentary/documentary.module'
import { dossierModule, sealDossiers } from '@huabiao/domains/dossier/dossier.module'
import {
  type EmergencyDeps,
  type EmergencyEvidence,
  emergencyModule,
  sweepEmergencies,
} from '@huabiao/domains/emergency/emergency.module'
import type { RetentionDays } from '@huabiao/domains/evidence/evidence.model'
import { evidenceModule, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import { type FrozenChanges, freezeModule } from '@huabiao/domains/freeze/freeze.module'
import { identityModule } from '@huabiao/domains/identity/identity.module'
import { infosystemModule } from '@huabiao/domains/infosystem/infosystem.module'
import { type HeadWitness, ledgerModule } from '@huabiao/domains/ledger/ledger.module'
import { deliverNotices, type NoticeChannel, notificationModule } from '@huabiao/domains/notification/notification.module'
import { identityDigest, organizationModule } from '@huabiao/domains/organization/organization.module'
import { judgeTerminals, reconcileModule } from '@huabiao/domains/reconcile/reconcile.module'
import { releaseModule } from '@huabiao/domains/release/release.module'
import {
  type KeptCredentials,
  readSessionLevels,
  recordingWatch,
  sessionModule,
  sweepGateways,
  sweepTerminals,
} from '@huabiao/domains/session/session.module'
import { templateModule } from '@huabiao/domains/template/template.module'
import { sweepTransfers, transferModule } from '@huabiao/domains/transfer/transfer.module'
import { sweepVault } from '@huabiao/domains/vault/vault.module'
import { sweepGaps, sweepLedger, sweepViolationDeadlines, violationModule } from '@huabiao/domains/violation/violation.module'
import type { Actor, PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import { type HolidayTable, holidaysOf } from '@huabiao/kit/calendar/calendar'
import { publishedHolidays } from '@huabiao/kit/calendar/published-holidays'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignerClient } from '@huabiao/kit/crypto/signer-client'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { GatePorts, RecordedEvent } from '@huabiao/kit/http/http'
import type { Route, Visitor } from '@huabiao/kit/http/route'
import type { ServiceKey } from '@huabiao/kit/http/service-auth'
import { pdfWriter } from '@huabiao/kit/pdf/pdf'
import type { Logger } from 'pino'
import { allRefusals } from './all-refusals.ts'
import { emergencyEvidence } from './emergency-evidence.ts'
import { evidenceWatch } from './evidence-watch.ts'
import { federationOf, type SourcePlaces } from './federation-wiring.ts'
import { founding } from './founding.ts'
import { lifecyclePart, openItemsOf, staying } from './lifecycle-part.ts'
import { type KnownNetwork, placesOf } from './places.ts'
import { secondLeg } from './second-leg.ts'

export interface Platform {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly signer: SignerClient
  readonly objects: ObjectStore
  /** Terms of evidence longer than the floors. */
  readonly retention?: RetentionDays | undefined
  /** Who counter-signs tree heads at the supervision side; undefined where nobody does. */
  readonly witness?: HeadWitness | undefined
  readonly secretKey: Uint8Array
  /** Ways that notices take out of the product; none unless the management unit allows one (RL-22). */
  readonly channels?: readonly NoticeChannel[]
  readonly services: readonly ServiceKey[]
  /** Followers of target logs, and the targets each may speak of. */
  readonly followers?: Readonly<Record<string, readonly string[]>>
  /** Hosts that sources of identity may lead to, and the secrets they need; no source leads anywhere where absent. */
  readonly sources?: SourcePlaces
  /** Networks whose place is known, for journeys that nobody makes (V-D4). */
  readonly places?: readonly KnownNetwork[]
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
  /** Hears the code of every problem that is answered. */
  onProblem?: (code: string) => void
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
    // What is handed over, granted to another, filed or answered before somebody leaves (RL-25, NT-C06).
    openItems: (tx, personId) => openItemsOf(tx, personId, clock.now()),
  })
  const approval = approvalModule({ clock, names: organization.names, holders: (tx, of) => access.holders(tx, of) })
  const channels: readonly NoticeChannel[] = on.channels ?? []
  const notification = notificationModule({ clock, channels, secretKey: on.secretKey })
  const holidays = holidaysOf([...publishedHolidays, ...(on.holidays ?? [])])
  const { names, peopleOf, trained } = organization
  const access = accessModule({ db, clock, holidays, names, peopleOf, trained, approval, notify: notification.notify })
  const identity = identityModule({
    db,
    clock,
    secretKey: on.secretKey,
    rolesOf: access.rolesOf,
    sessionWithRoles: access.sessionWithRoles,
    rolesOfAll: access.rolesOfAll,
    canWear: access.canWear,
    actionsOf: async (_tx, actor) => [...(await access.actionsOf(actor))].sort(),
    services: on.services,
    serviceOf: (token, sourceIp) => federation.serviceOf(token, sourceIp),
    httpsOnly: on.httpsOnly,
    origin: on.origin,
    certificateOrigin: on.certificateOrigin,
    terminalRequired: on.terminalRequired ?? false,
  })
  const federation = federationOf(on, { identity, organization, access, digestIdentity, record: (tx, e) => bySystem(tx, e) })
  const headSigner = { signTreeHead: signer.signTreeHead, publicKeys: async () => (await signer.keys()).keys }
  const watch = evidenceWatch({
    db,
    clock,
    log,
    signer: headSigner,
    witness: on.witness,
    store: on.objects,
    refusals: allRefusals,
    holders: access.holders,
    notify: notification.notify,
    record: (tx, events) => bySystem(tx, events),
  })
  const ledger = ledgerModule({
    clock,
    suite: gmSuite,
    signer: headSigner,
    hasWitness: on.witness !== undefined,
    inspector: { db, recheckFailed: watch.recheckFailed },
  })
  const evidence = evidenceModule({ clock, store: on.objects, retention: on.retention })
  const infosystem = infosystemModule()
  const cmdb = cmdbModule()
  const release = releaseModule({ clock, names: organization.names, signer })
  // Change, session and transfer need each other; the later ones are asked for when they are there.
  const late: {
    sessions?: SessionPort
    changes?: FrozenChanges
    contents?: ContentPort
    kept?: KeptCredentials
    authority?: ChangeDeps['authority']
    recordings?: EmergencyEvidence
    raise?: EmergencyDeps['raise']
  } = {}
  const consent = consentModule({ clock, names: organization.names, systems: infosystem })
  const announcement = announcementModule({
    clock,
    names: organization.names,
    systems: infosystem,
    holders: access.holders,
    notify: notification.notify,
  })
  const documentary = documentaryModule({
    clock,
    holidays,
    evidence,
    names: organization.names,
    actionsOf: (_tx, actor) => access.actionsOf(actor),
    holders: access.holders,
    notify: notification.notify,
  })
  const freeze = freezeModule({
    clock,
    names: organization.names,
    systems: infosystem,
    targets: cmdb,
    holders: access.holders,
    notify: notification.notify,
    changes: () => late.changes!,
  })
  const emergency = emergencyModule({
    clock,
    holidays,
    names: organization.names,
    qualified: organization.trained,
    holders: access.holders,
    actionsOf: (_tx, actor) => access.actionsOf(actor),
    systems: infosystem,
    targets: cmdb,
    notify: notification.notify,
    evidence: () => late.recordings!,
    raise: (tx, found) => late.raise!(tx, found),
  })
  const change = changeModule({
    clock,
    holders: access.holders,
    names: organization.names,
    qualified: async (tx, ids, at) => staying(tx, [...(await organization.trained(tx, ids, at))], at),
    actionsOf: (_tx, actor) => access.actionsOf(actor),
    approval,
    sessionDenial: access.sessionDenial,
    systems: infosystem,
    targets: cmdb,
    filingBlocks: emergency.blocks,
    releases: release,
    announcements: announcement,
    notify: notification.notify,
    signer,
    sessions: () => late.sessions!,
    contents: () => late.contents!,
    authority: (tx, of) => late.authority!(tx, of),
    guardModes: guardModesOf(on.requiredGuards),
    minSoakSeconds: on.minSoakSeconds,
    holidays,
  })
  late.changes = change.frozen
  const template = templateModule({
    clock,
    names: organization.names,
    holders: access.holders,
    systems: infosystem,
    targets: cmdb,
    approval,
    notify: notification.notify,
    changes: change.standard,
  })
  late.authority = template.authority
  const session = sessionModule({
    db,
    clock,
    evidence,
    store: evidence.watch,
    runs: () => change.runs,
    targets: cmdb,
    signer,
    kept: () => late.kept!,
    sessionDenial: access.sessionDenial,
    observable: change.observable,
    issueToken: identity.issueToken,
    localeOf: (tx, actor) => identity.localeOf(tx, actor.accountId),
    emergencies: emergency.emergencies,
    notify: notification.notify,
    wsUrl: on.wsUrl,
    isAllowed: async (_tx, actor, action) => (await access.actionsOf(actor)).has(action),
  })
  late.sessions = session.port
  late.recordings = emergencyEvidence(session.port.close, clock)
  const leg = secondLeg(on, { systems: infosystem, targets: cmdb, gateways: session.checks, access, notification })
  late.kept = leg.kept
  const isAllowed = async (_tx: unknown, actor: PersonActor, action: string): Promise<boolean> =>
    (await access.actionsOf(actor)).has(action)
  const violation = violationModule({
    clock,
    holidays,
    names: organization.names,
    trained: organization.trained,
    holders: access.holders,
    mayFollow: (followerId, target) => on.followers?.[followerId]?.includes(target) ?? false,
    authority: async (plane) => (await signer.keys()).sshCas[plane],
    readEvidence: evidence.read,
    placeOf: placesOf(on.places ?? []),
    onDuty: async (tx, personId) => (await access.rolesOf(tx, personId)).roles.some((role) => isRole(role) && needsChain(role)),
    isAllowed,
    notify: notification.notify,
  })
  const reconcile = reconcileModule({
    clock,
    mayFollow: (followerId, target) => on.followers?.[followerId]?.includes(target) ?? false,
    session: async (tx, _actor, id) => session.find(tx, id),
  })
  late.raise = violation.raise
  const transfer = transferModule({
    clock,
    evidence,
    changes: { contents: change.contents, openTo: change.openToContent },
    sessions: { liveGrant: session.liveGrant },
    fetches: session.fetches,
    approval,
    holders: access.holders,
    names: organization.names,
  })
  late.contents = transfer.contents
  const dossier = dossierModule({ clock, evidence, pdf: pdfWriter(), names: organization.names, changeNo: change.numberOf })

  const people = { db, clock, organization, access, session, notify: notification.notify, isAllowed }
  const lifecycle = lifecyclePart({ ...people, log, record: (tx, events) => bySystem(tx, events) })
  const record = (tx: Tx, actor: Actor | Visitor, events: readonly RecordedEvent[]): Promise<void> =>
    ledger.append(tx, actor, events)
  const ports: GatePorts = {
    db,
    clock,
    log,
    ...(on.onProblem ? { onProblem: on.onProblem } : {}),
    refusals: allRefusals,
    // No act deletes, edits or switches off what is kept for the auditor; whoever tries is told by its name (RL-13, RL-36).
    unknownCommand: (method, path) => {
      const kept = method === 'GET' ? undefined : /^\/api\/v1\/(ledger|audit|recordings|evidence|violations)\b/.exec(path)?.[1]
      if (kept === 'violations') return 'violation.cannot_be_deleted'
      return kept ? 'ledger.cannot_be_disabled' : 'request.not_found'
    },
    problemBody: federation.problemBody,
    authenticate: identity.authenticate,
    authorize: access.authorize,
    record,
  }
  const ceremony = founding({ clock, token: on.ceremonyToken, secretKey: on.secretKey })
  const routes: Route[] = [
    ...ceremony,
    ...organization.routes,
    ...identity.routes,
    ...access.routes,
    ...federation.routes,
    ...approval.routes,
    ...ledger.routes,
    ...notification.routes,
    ...infosystem.routes,
    ...cmdb.routes,
    ...release.routes,
    ...freeze.routes,
    ...consent.routes,
    ...announcement.routes,
    ...documentary.routes,
    ...change.routes,
    ...template.routes,
    ...emergency.routes,
    ...reconcile.routes,
    ...session.routes,
    ...leg.routes,
    ...transfer.routes,
    ...violation.routes,
    ...dossier.routes,
    ...lifecycle.routes,
  ]
  const bySystem = (tx: Tx, events: readonly RecordedEvent[]): Promise<void> => record(tx, scheduler, events)
  const violationJobs = { db, deps: violation.deps, record: bySystem }
  const changeJobs = { db, deps: change.deps, actor: scheduler, record: bySystem }
  const failed =
    (what: string) =>
    (changeId: string, error: unknown): void =>
      log.error({ changeId, error }, what)
  return {
    routes,
    ports,
    oidc: federation.oidc,
    evidence,
    changeDeps: change.deps,
    /** Work that time itself asks for; each answers how much it found to do. */
    jobs: {
      changes: () => sweepChanges(changeJobs, failed('a change could not be swept')),
      deadlines: () => sweepDeadlines(changeJobs, failed('a deadline could not be fired')),
      rollbacks: () => driveRollbacks(changeJobs, failed('a rollback could not go on')),
      obligations: () =>
        sweepObligations({ db, deps: documentary.deps, record: bySystem }, failed('an obligation could not be called')),
      emergencies: () =>
        sweepEmergencies({ db, deps: emergency.deps, record: bySystem }, failed('an emergency could not be swept')),
      permissions: () => sweepPermissions({ db, deps: access.deps, record: bySystem }, failed('a permission could not be swept')),
      sources: () => federation.sweep(bySystem, failed('a source could not be synchronised')),
      notices: () => deliverNotices({ db, clock, channels, link: `${on.origin}/notifications`, record: bySystem }),
      dossiers: () => sealDossiers({ db, deps: dossier.deps, record: bySystem }, failed('a dossier could not be sealed')),
      transfers: () => sweepTransfers(transfer.deps, db, bySystem),
      recordings: recordingWatch(session.deps, db, bySystem),
      gateways: () => sweepGateways(session.deps, db, bySystem),
      vault: () => sweepVault({ db, deps: leg.vault, record: bySystem }, failed('a kept credential could not be rotated')),
      terminals: () => sweepTerminals(session.deps, db, bySystem),
      reconciliation: () => judgeTerminals({ clock, db }, bySystem),
      violations: () => sweepLedger(violationJobs, failed('a record could not be judged')),
      gaps: () => sweepGaps(violationJobs, failed('evidence could not be looked at')),
      violationDeadlines: () => sweepViolationDeadlines(violationJobs, failed('a deadline of a violation could not be fired')),
      ...lifecycle.jobs,
      heads: watch.heads,
      evidence: watch.evidence,
      witness: watch.witness,
    },
    /** For the monitoring system: counts of no tenant in particular. */
    levels: () =>
      db.read({ kind: 'nobody' }, async (tx) => [
        ...(await readSessionLevels(tx, clock.now())),
        ...(await notification.levels(tx)),
      ]),
    witnessHealth: ledger.witnessHealth,
    recheckHealth: ledger.recheckHealth,
    startBell: () => session.bell.start(),
  }
}
export type Composed = ReturnType<typeof compose>

import { accessRefusals } from '@huabiao/domains/access/access.model'
import { announcementRefusals } from '@huabiao/domains/announcement/announcement.model'
import { approvalRefusals } from '@huabiao/domains/approval/approval.model'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import { consentRefusals } from '@huabiao/domains/consent/consent.model'
import { documentaryRefusals } from '@huabiao/domains/documentary/documentary.model'
import { dossierRefusals } from '@huabiao/domains/dossier/dossier.model'
import { emergencyRefusals } from '@huabiao/domains/emergency/emergency.model'
import { enrolmentRefusals } from '@huabiao/domains/enrolment/enrolment.model'
import { evidenceRefusals } from '@huabiao/domains/evidence/evidence.model'
import { federationRefusals } from '@huabiao/domains/federation/federation.model'
import { freezeRefusals } from '@huabiao/domains/freeze/freeze.model'
import { identityRefusals } from '@huabiao/domains/identity/identity.model'
import { infosystemRefusals } from '@huabiao/domains/infosystem/infosystem.model'
import { ledgerRefusals } from '@huabiao/domains/ledger/ledger.model'
import { witnessRefusals } from '@huabiao/domains/ledger/ledger-witness.model'
import { lifecycleRefusals } from '@huabiao/domains/lifecycle/lifecycle.model'
import { notificationRefusals } from '@huabiao/domains/notification/notification-choice.model'
import { organizationRefusals } from '@huabiao/domains/organization/organization.model'
import { reconcileRefusals } from '@huabiao/domains/reconcile/reconcile.model'
import { releaseRefusals } from '@huabiao/domains/release/release.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import { templateRefusals } from '@huabiao/domains/template/template.model'
import { transferRefusals } from '@huabiao/domains/transfer/transfer.model'
import { ticketRefusals } from '@huabiao/domains/transfer/transfer-ticket.model'
import { vaultRefusals } from '@huabiao/domains/vault/vault.model'
import { violationRefusals } from '@huabiao/domains/violation/violation.model'
import { signerRefusals } from '@huabiao/kit/crypto/signer-refusals'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { kitRefusals } from '@huabiao/kit/errors/errors'

/** What any door may answer, with status and red line. */
export const allRefusals: RefusalTable = {
  ...kitRefusals,
  ...organizationRefusals,
  ...identityRefusals,
  ...accessRefusals,
  ...federationRefusals,
  ...ledgerRefusals,
  ...witnessRefusals,
  ...approvalRefusals,
  ...notificationRefusals,
  ...evidenceRefusals,
  ...infosystemRefusals,
  ...releaseRefusals,
  ...freezeRefusals,
  ...consentRefusals,
  ...announcementRefusals,
  ...documentaryRefusals,
  ...changeRefusals,
  ...templateRefusals,
  ...emergencyRefusals,
  ...reconcileRefusals,
  ...sessionRefusals,
  ...grantRefusals,
  ...enrolmentRefusals,
  ...vaultRefusals,
  ...violationRefusals,
  ...dossierRefusals,
  ...lifecycleRefusals,
  ...transferRefusals,
  ...ticketRefusals,
  ...signerRefusals,
}

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
import { releaseRefusals } from '@huabiao/domains/release/release.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import { templateRefusals } from '@huabiao/domains/template/template.model'
import { transferRefusals } from '@huabiao/domains/transfer/transfer.model'
import { ticketRefusals } from '@huabiao/domains/transfer/transfer-ticket.model'
import { vaultRefusals } from '@huabiao/domains/vault/vault.model'
import { violationRefusals } from '@huabiao/domains/violation/violation.model'
import { signerRefusals } from '@huabiao/kit/crypto/signer-refusals'
import { kitRefusals, type Phrase, type RefusalTable } from '@huabiao/kit/errors/errors'
import type { RefusalBook } from '@huabiao/ui/patterns/RefusalNote'

type PhraseTable = Readonly<Record<string, Phrase>>
/** The files also word guards and findings, which have no next step and are no refusals. */
const isPhrase = (value: Phrase): boolean => 'nextZh' in value
/** A domain that gains a refusal words it in its own file, and here without another line. */
const files = {
  ...import.meta.glob<Record<string, PhraseTable>>('../../../../domains/*/*.phrases.ts', { eager: true }),
  ...import.meta.glob<Record<string, PhraseTable>>('../../../../kit/errors/phrases.ts', { eager: true }),
  ...import.meta.glob<Record<string, PhraseTable>>('../../../../kit/crypto/signer-refusals.ts', { eager: true }),
}
const tables: RefusalTable = {
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
  ...sessionRefusals,
  ...grantRefusals,
  ...lifecycleRefusals,
  ...violationRefusals,
  ...dossierRefusals,
  ...enrolmentRefusals,
  ...vaultRefusals,
  ...transferRefusals,
  ...ticketRefusals,
  ...signerRefusals,
}
/** Every code that a door may answer. */
export const refusalCodes: readonly string[] = Object.keys(tables)

/** No answer came at all: only a browser can say so. */
const unreachable: PhraseTable = {
  'request.unreachable': {
    zh: '连接不上控制平面，这次操作没有得到答复。',
    en: 'The control plane cannot be reached; there was no answer.',
    nextZh: '检查网络后重试。同一次操作重复提交只会生效一次。',
    nextEn: 'Check the network and try again. The same act sent twice takes effect once.',
  },
  'request.failed': {
    zh: '请求失败，平台没有说明原因。',
    en: 'The request failed and the platform gave no reason.',
    nextZh: '稍后重试；若仍失败，记下时间，联系平台管理员。',
    nextEn: 'Try again later. If it still fails, note the time and ask the platform administrator.',
  },
}

/** Words, next step and red line of every refusal that any door may answer. */
export const refusalBook: RefusalBook = Object.fromEntries(
  [unreachable, ...Object.values(files).flatMap((file) => Object.values(file))].flatMap((table) =>
    Object.entries(table)
      .filter(([, phrase]) => isPhrase(phrase))
      .map(([code, phrase]) => [code, { ...phrase, rule: tables[code]?.rule }]),
  ),
)

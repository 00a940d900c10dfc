import { accessRefusals } from '@huabiao/domains/access/access.model'
import { approvalRefusals } from '@huabiao/domains/approval/approval.model'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import { evidenceRefusals } from '@huabiao/domains/evidence/evidence.model'
import { identityRefusals } from '@huabiao/domains/identity/identity.model'
import { infosystemRefusals } from '@huabiao/domains/infosystem/infosystem.model'
import { ledgerRefusals } from '@huabiao/domains/ledger/ledger.model'
import { organizationRefusals } from '@huabiao/domains/organization/organization.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
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
  ...ledgerRefusals,
  ...approvalRefusals,
  ...evidenceRefusals,
  ...infosystemRefusals,
  ...changeRefusals,
  ...sessionRefusals,
  ...grantRefusals,
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

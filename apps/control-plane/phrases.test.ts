import { accessPhrases } from '@huabiao/domains/access/access.phrases'
import { approvalPhrases } from '@huabiao/domains/approval/approval.phrases'
import { changePhrases } from '@huabiao/domains/change/change.phrases'
import { evidencePhrases } from '@huabiao/domains/evidence/evidence.phrases'
import { identityPhrases } from '@huabiao/domains/identity/identity.phrases'
import { infosystemPhrases } from '@huabiao/domains/infosystem/infosystem.phrases'
import { ledgerPhrases } from '@huabiao/domains/ledger/ledger.phrases'
import { organizationPhrases } from '@huabiao/domains/organization/organization.phrases'
import { sessionPhrases } from '@huabiao/domains/session/session.phrases'
import { grantPhrases } from '@huabiao/domains/session/session-grant.phrases'
import type { Phrase } from '@huabiao/kit/errors/errors'
import { kitPhrases } from '@huabiao/kit/errors/phrases'
import { expect, test } from 'vitest'
import { allRefusals } from './compose.ts'

const words: Readonly<Record<string, Phrase>> = {
  ...kitPhrases,
  ...organizationPhrases,
  ...identityPhrases,
  ...accessPhrases,
  ...ledgerPhrases,
  ...approvalPhrases,
  ...evidencePhrases,
  ...infosystemPhrases,
  ...changePhrases,
  ...sessionPhrases,
  ...grantPhrases,
}

test('every refusal that any door may answer is worded in both languages, with what to do next', () => {
  for (const code of Object.keys(allRefusals)) {
    const phrase = words[code]
    expect(phrase, code).toBeDefined()
    for (const text of [phrase!.zh, phrase!.nextZh]) expect(text, code).toMatch(/[\u4e00-\u9fff].*。$/)
    for (const text of [phrase!.en, phrase!.nextEn]) expect(text, code).toMatch(/^[A-Z].*\.$/)
  }
})
test('Chinese texts use Chinese punctuation', () => {
  for (const [code, { zh, nextZh }] of Object.entries(words)) expect(`${zh}${nextZh}`, code).not.toMatch(/[\u4e00-\u9fff][,;:?!]/)
})

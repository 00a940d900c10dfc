import type { Phrase } from '@huabiao/kit/errors/errors'
import type { DossierRefusal } from './dossier.model.ts'

export const dossierPhrases = {
  'dossier.not_found': {
    zh: '没有这个变更，或不在您的可见范围。',
    en: 'There is no such change, or you may not see it.',
    nextZh: '从变更列表进入。',
    nextEn: 'Open it from the list of changes.',
  },
  'dossier.not_sealed': {
    zh: '变更还没有封存的卷宗。',
    en: 'The change has no sealed dossier yet.',
    nextZh: '变更结束、台账签名覆盖其全部记录后自动封存，通常不到一分钟。',
    nextEn: 'It is sealed by itself once the change has ended and a signed head covers its records, within a minute as a rule.',
  },
} as const satisfies Record<DossierRefusal, Phrase>

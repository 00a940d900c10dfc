import type { Phrase } from '@huabiao/kit/errors/errors'
import type { EvidenceRefusal } from './evidence.model.ts'

export const evidencePhrases = {
  'evidence.not_found': {
    zh: '没有这份证据，或它不属于您的单位。',
    en: 'There is no such evidence, or it is not your organization’s.',
    nextZh: '核对摘要后重试。',
    nextEn: 'Check the digest and try again.',
  },
  'evidence.digest_mismatch': {
    zh: '内容与其摘要不符，已拒绝。',
    en: 'The content does not match its digest; it was refused.',
    nextZh: '请重新上传；如反复出现，请检查存储与链路并报告安全团队。',
    nextEn: 'Send it again; if it happens again, check storage and link and tell the security team.',
  },
  'evidence.too_large': {
    zh: '对象超过允许的大小。',
    en: 'The object is larger than allowed.',
    nextZh: '请拆分后上传。',
    nextEn: 'Split it and upload the parts.',
  },
} satisfies Record<EvidenceRefusal, Phrase>

import type { witnessRefusals } from '@huabiao/domains/ledger/ledger-witness.model'
import type { Phrase } from '@huabiao/kit/errors/errors'

/** What the witness refuses, in words. */
export const witnessPhrases = {
  'witness.history_shortened': {
    zh: '送签的树头比见证方已见过的更短：台账被截断，或数据库被恢复到了旧备份。',
    en: 'The tree head is shorter than one the witness has seen: the ledger was cut, or the database was restored from an old backup.',
    nextZh: '立即保全现场，通知监管方；如确系恢复备份，须作为变更登记，并由监管方在见证方另行确认。',
    nextEn:
      'Preserve the evidence and tell supervision; a restored backup has to be filed as a change and confirmed at the witness.',
  },
  'witness.history_forked': {
    zh: '同一长度的台账有两个不同的树头。',
    en: 'There are two different tree heads over a ledger of the same length.',
    nextZh: '立即保全现场，通知审计员与监管方；两个已签名的树头即是证据。',
    nextEn: 'Preserve the evidence, tell the auditor and supervision; the two signed heads are the proof.',
  },
  'witness.history_rewritten': {
    zh: '送签的树头与见证方见过的历史不相容：已见证的记录被改写。',
    en: 'The tree head does not extend the history the witness has seen: records that were witnessed have been rewritten.',
    nextZh: '立即保全现场，通知审计员与监管方，用核验程序加 --witness 定位被改写的记录。',
    nextEn:
      'Preserve the evidence, tell the auditor and supervision, and locate the rewritten records with the verifier and --witness.',
  },
  'witness.proof_malformed': {
    zh: '一致性证明的长度或内容不合规，不能证明任何事。',
    en: 'The consistency proof has a length or content that proves nothing.',
    nextZh: '请平台运维核对控制面的版本。',
    nextEn: 'Have platform operations check the version of the control plane.',
  },
  'witness.head_not_signed': {
    zh: '树头没有平台签名服务的有效双签名。',
    en: 'The tree head lacks a valid signature of the platform’s signer.',
    nextZh: '核对见证方登记的签名公钥；签名服务换钥须事先告知监管方。',
    nextEn: 'Compare the signer’s keys registered at the witness; supervision has to be told of new keys beforehand.',
  },
  'witness.chain_unknown': {
    zh: '见证方没有见过这条链。',
    en: 'The witness has not seen this chain.',
    nextZh: '首个树头送签后再查询。',
    nextEn: 'Ask again once its first tree head was submitted.',
  },
  'witness.too_many_chains': {
    zh: '见证方的链数已达上限，不再接受新的链。',
    en: 'The witness holds as many chains as it may and takes no new one.',
    nextZh: '请监管方调整见证方的上限。',
    nextEn: 'Have supervision raise the limit of the witness.',
  },
  'witness.reader_only': {
    zh: '此证书只可查阅，不可送签。',
    en: 'This certificate may read, not submit.',
    nextZh: '使用平台的送签证书。',
    nextEn: 'Use the platform’s certificate.',
  },
} as const satisfies Record<keyof typeof witnessRefusals, Phrase>

import type { ledgerRefusals } from '@huabiao/domains/ledger/ledger.model'
import type { Phrase } from '@huabiao/kit/errors/errors'

/** The ledger's refusals in words: what is refused, and what to do next. */
export const ledgerPhrases = {
  'ledger.not_found': {
    zh: '没有这条台账记录，或它不属于您的单位。',
    en: 'There is no such ledger record, or it is not your organization’s.',
    nextZh: '核对链名与序号；需要查看其他单位的记录时，由监管方查询。',
    nextEn: 'Check the chain and the sequence number; records of other organizations are read by the supervision provider.',
  },
  'ledger.append_only': {
    zh: '审计台账只能追加，不能修改或删除。',
    en: 'The audit ledger is append-only; nothing in it can be edited or deleted.',
    nextZh: '如记录有误，请追加一条更正记录，并注明原记录的序号。',
    nextEn: 'If a record is wrong, append a correction that names the sequence number of the original.',
  },
  'ledger.retention_below_floor': {
    zh: '审计记录的留存期不能少于六个月（180 天）。',
    en: 'Audit records cannot be kept for less than six months (180 days).',
    nextZh: '请填写不少于 180 天的留存期。',
    nextEn: 'Enter a retention of at least 180 days.',
  },
  'ledger.cannot_be_disabled': {
    zh: '审计不能关闭。',
    en: 'Auditing cannot be switched off.',
    nextZh: '如因存储不足，请扩容证据存储，或将到期记录归档。',
    nextEn: 'If storage is short, extend the evidence store or archive records that are past their term.',
  },
  'ledger.export_too_large': {
    zh: '一次导出的记录过多。',
    en: 'The export covers too many records at once.',
    nextZh: '请缩小序号范围，分段导出；各段可分别核验。',
    nextEn: 'Narrow the range and export in parts; each part can be verified by itself.',
  },
  'ledger.range_invalid': {
    zh: '序号范围不正确。',
    en: 'The range of sequence numbers is not valid.',
    nextZh: '起始序号从 1 开始，且不大于结束序号。',
    nextEn: 'Start at 1 or later, and not beyond the end.',
  },
  'ledger.history_rewritten': {
    zh: '已签名的历史与数据库中的记录不一致，签名服务拒绝继续签名。',
    en: 'The signed history and the records in the database differ; the signer refuses to sign on.',
    nextZh: '立即保全现场，通知审计员与监管方，用核验程序定位第一条不一致的记录。',
    nextEn:
      'Preserve the evidence, tell the auditor and the supervision provider, and locate the first differing record with the verifier.',
  },
  'ledger.evidence_altered': {
    zh: '每日复核发现：台账或其中的录像与封存时不一致。',
    en: 'The daily recheck found a chain, or a recording it names, that is not as it was sealed.',
    nextZh: '保全证据存储与备份，导出台账，用核验程序加 --evidence 逐条定位，并通知监管方。',
    nextEn:
      'Preserve the evidence store and its backups, export the chain, locate each with the verifier and --evidence, and tell supervision.',
  },
} as const satisfies Record<keyof typeof ledgerRefusals, Phrase>

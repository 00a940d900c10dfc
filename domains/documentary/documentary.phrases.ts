import type { Phrase } from '@huabiao/kit/errors/errors'
import type { DocumentaryRefusal } from './documentary.model.ts'

export const documentaryPhrases = {
  'documentary.not_found': {
    zh: '没有这项文书轨变更，或不在您的可见范围。',
    en: 'There is no such documentary change, or you may not see it.',
    nextZh: '从文书轨列表进入。',
    nextEn: 'Open it from the list.',
  },
  'documentary.wrong_state': {
    zh: '这项文书轨变更不在可以这样做的阶段。',
    en: 'The documentary change is not at a stage that allows it.',
    nextZh: '刷新后查看它现在的阶段。',
    nextEn: 'Reload and look at its stage.',
  },
  'documentary.not_author': {
    zh: '草稿只能由起草人修改。',
    en: 'A draft is edited by its author alone.',
    nextZh: '请起草人处理。',
    nextEn: 'Ask the author.',
  },
  'documentary.same_person': {
    zh: '起草、法务审查、签署、批复须由不同的人完成。',
    en: 'Drafting, legal review, signature and decision are by different persons.',
    nextZh: '请另一位有权限的人员处理。',
    nextEn: 'Ask another person who may.',
  },
  'documentary.not_management': {
    zh: '分包商与运行主体变更须经云管理单位批复后才能生效。',
    en: 'A change of subcontractor or operating body takes effect only after the management unit has approved it.',
    nextZh: '请云管理单位的管理人员处理。',
    nextEn: 'Ask an officer of the management unit.',
  },
  'documentary.document_missing': {
    zh: '必需的文书还不齐全。',
    en: 'A required document is missing.',
    nextZh: '补传页面上列出的文书。',
    nextEn: 'Add the documents that the page lists.',
  },
  'documentary.document_unknown': {
    zh: '这一类变更不需要这种文书。',
    en: 'A change of this class has no such document.',
    nextZh: '选择页面上列出的种类。',
    nextEn: 'Choose a kind that the page lists.',
  },
  'documentary.document_not_of_type': {
    zh: '文件内容与声明的类型不符。',
    en: 'The file is not what it is said to be.',
    nextZh: '上传真正的 PDF、PNG 或 JPEG 文件。',
    nextEn: 'Upload a real PDF, PNG or JPEG.',
  },
  'documentary.documents_too_many': {
    zh: '这项变更的文书已达数量上限。',
    en: 'The documentary change holds as many documents as it can.',
    nextZh: '把多份扫描件合并为一个文件；草稿阶段也可另起一份草稿。',
    nextEn: 'Join scans into one file, or begin another draft.',
  },
  'documentary.not_yet_effective': {
    zh: '还没到生效日。',
    en: 'The day of effect has not come.',
    nextZh: '到生效日后登记。',
    nextEn: 'Record it on that day.',
  },
  'documentary.obligation_open': {
    zh: '还有义务或再评估没有办结。',
    en: 'An obligation or a re-assessment is still open.',
    nextZh: '逐项登记办结后再关闭。',
    nextEn: 'Settle each, then close.',
  },
  'documentary.obligation_invalid': {
    zh: '义务的期限须晚于现在。',
    en: 'An obligation is due later than now.',
    nextZh: '改正期限。',
    nextEn: 'Correct the day.',
  },
  'documentary.hash_mismatch': {
    zh: '您看到的不是现在的文书。',
    en: 'What you saw is not what is to be signed now.',
    nextZh: '刷新后重新核对。',
    nextEn: 'Reload and read it again.',
  },
} as const satisfies Record<DocumentaryRefusal, Phrase>

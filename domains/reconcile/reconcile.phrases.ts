import type { Phrase } from '@huabiao/kit/errors/errors'
import type { ReconcileRefusal, Verdict } from './reconcile.model.ts'

export const reconcilePhrases = {
  'reconcile.log_gap': {
    zh: '上报的执行记录与此前的不衔接。',
    en: 'These execution records do not follow those before.',
    nextZh: '从应答给出的位置继续上报。',
    nextEn: 'Go on where the answer says.',
  },
} as const satisfies Record<ReconcileRefusal, Phrase>

export const verdictPhrases: Readonly<Record<Verdict, { readonly zh: string; readonly en: string }>> = {
  agrees: { zh: '目标执行记录已核对', en: 'Reconciled with the target’s records' },
  outlived: { zh: '会话结束后仍有其进程执行', en: 'Processes of it went on after its end' },
  elevated: { zh: '以更高权限执行过程序', en: 'Programs ran with more rights than its account' },
  partial: { zh: '目标执行记录不完整，只能核对一部分', en: 'The target’s records are incomplete; only part could be reconciled' },
  unknown: { zh: '目标没有提供执行记录，无法核对', en: 'The target told nothing; it cannot be reconciled' },
}

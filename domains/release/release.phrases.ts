import type { Phrase } from '@huabiao/kit/errors/errors'
import type { ReleaseRefusal } from './release.model.ts'

export const releasePhrases = {
  'release.not_found': {
    zh: '没有这个版本，或它不属于贵单位。',
    en: 'There is no such release, or it is not of your organization.',
    nextZh: '从版本登记列表进入。',
    nextEn: 'Open it from the release register.',
  },
  'release.wrong_state': {
    zh: '版本当前的状态不允许这个操作：已登记的内容不可修改，已撤回的不再恢复。',
    en: 'The release is not in a state for this: what is registered is never edited, what is withdrawn never comes back.',
    nextZh: '如有差错，撤回后重新登记。',
    nextEn: 'If something is wrong, withdraw it and register it anew.',
  },
  'release.already_registered': {
    zh: '该产品的这个版本号已登记。',
    en: 'This version of the product is registered already.',
    nextZh: '使用新的版本号；或先撤回原登记。',
    nextEn: 'Use a new version, or withdraw the earlier one first.',
  },
  'release.own_build': {
    zh: '构建人不能发布自己构建的版本。',
    en: 'Whoever built a release does not issue it.',
    nextZh: '由另一名版本经理核验后发布。',
    nextEn: 'Have another release manager check and issue it.',
  },
  'release.builder_unknown': {
    zh: '构建人不是本单位人员。',
    en: 'The builder is not a person of your organization.',
    nextZh: '从人员中选择；外部厂商构建的，留空并在来源中写明。',
    nextEn: 'Choose from your people; leave it empty for a vendor’s build and name the vendor as origin.',
  },
  'release.not_release_manager': {
    zh: '只有版本经理可以发布版本。',
    en: 'Only a release manager issues a release.',
    nextZh: '请版本经理核验后发布。',
    nextEn: 'Have the release manager check and issue it.',
  },
  'release.statement_differs': {
    zh: '签名服务读到的登记内容与请求不一致，未签名。',
    en: 'What the signer reads in the register differs from the request; nothing was signed.',
    nextZh: '刷新后核对制品摘要再发布；如再次出现，通知安全审计员。',
    nextEn: 'Reload, compare the digests, and issue again; tell the auditor if it happens again.',
  },
} as const satisfies Record<ReleaseRefusal, Phrase>

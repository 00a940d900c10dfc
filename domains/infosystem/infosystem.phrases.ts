import type { Phrase } from '@huabiao/kit/errors/errors'
import type { InfosystemRefusal } from './infosystem.model.ts'

export const infosystemPhrases = {
  'infosystem.not_found': {
    zh: '没有这个信息系统，或它不由贵单位服务。',
    en: 'There is no such information system, or your organization does not serve it.',
    nextZh: '在信息系统列表中选择。',
    nextEn: 'Choose one from the list of systems.',
  },
} satisfies Record<InfosystemRefusal, Phrase>

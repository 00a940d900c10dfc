import { outcomePhrases, statePhrases } from '@huabiao/domains/change/change-state.phrases'
import type { PdfBlock, PdfDocument } from '@huabiao/kit/pdf/pdf-document'
import type { Dossier } from './dossier.model.ts'
import { chaptersOf } from './dossier-chapters.model.ts'
import type { Facts } from './dossier-facts.model.ts'
import { nameIn, when } from './dossier-words.model.ts'

/** The dossier as people of the four parties read it, in Chinese. What it shortens (outputs, whole plans of earlier versions) stands in the data. */

export function documentOf(dossier: Dossier, dataSm3: string): PdfDocument {
  const facts = dossier as unknown as Facts
  const { change } = facts
  const who = (id: string | null): string => (id === null ? '—' : (dossier.people[id] ?? id))
  let chapter = 0
  const blocks = chaptersOf(facts, who).map((block): PdfBlock => {
    if (block.kind !== 'heading' || block.level !== 1) return block
    chapter += 1
    return { ...block, text: `${chapter}　${block.text}` }
  })
  return {
    title: '变更卷宗',
    subtitle: `${change.no}　${change.title}`,
    author: change.unit,
    contents: '目录',
    foot: `${change.no} · 数据 SM3 ${dataSm3}`,
    pageOf: (page, pages) => `第 ${page} / ${pages} 页`,
    at: new Date(change.endedAt),
    cover: [
      ['服务商', change.unit],
      ['信息系统', change.systems.map((system) => `${system.name}（${system.unit}）`).join('、')],
      ['结局', `${nameIn(statePhrases, change.state)}${change.outcome ? `，${nameIn(outcomePhrases, change.outcome)}` : ''}`],
      ['结束时间', when(change.endedAt)],
      ['已批准方案摘要（SM3）', change.approvedPlanHash ?? '—'],
      ['卷宗数据摘要（SM3）', dataSm3],
      ['核验', '以 huabiao-verify 对照台账导出核验随附的 JSON 数据；本文档仅供阅读，以数据为准。时间均为北京时间。'],
    ],
    blocks,
  }
}

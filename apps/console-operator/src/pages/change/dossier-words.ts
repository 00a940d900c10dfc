import { dictionary } from '@huabiao/ui/i18n/language'

export const dossierWords = dictionary(
  {
    title: '变更卷宗',
    document: '文档（PDF）',
    data: '数据（JSON）',
    sealedAt: '封存时间',
    size: '内容',
    sizeOf: (pages: number, records: number) => `${pages} 页，台账记录 ${records} 条`,
    dataSm3: '数据摘要（SM3）',
    documentSm3: '文档摘要（SM3）',
    check: '以台账导出离线核验，哪里不符会逐项指出：',
  },
  {
    title: 'Dossier',
    document: 'Document (PDF)',
    data: 'Data (JSON)',
    sealedAt: 'Sealed',
    size: 'Holds',
    sizeOf: (pages, records) => `${pages} pages, ${records} ledger records`,
    dataSm3: 'Digest of the data (SM3)',
    documentSm3: 'Digest of the document (SM3)',
    check: 'Check it offline against an export of the ledger; what differs is named:',
  },
)

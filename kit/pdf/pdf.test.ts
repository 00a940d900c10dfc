import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { pdfWriter, sfntOf } from './pdf.ts'
import type { PdfDocument } from './pdf-document.ts'

const document: PdfDocument = {
  title: '变更卷宗',
  subtitle: 'CHG-20261129-0001 门户升级',
  author: '华州云服务公司',
  contents: '目录',
  foot: `数据 SM3 ${'a'.repeat(64)}`,
  pageOf: (page, pages) => `第 ${page} / ${pages} 页`,
  at: new Date('2026-11-29T12:00:00Z'),
  cover: [['信息系统', '政务服务门户']],
  blocks: [
    { kind: 'heading', level: 1, text: '步骤' },
    { kind: 'code', text: 'appctl deploy 2.4.0' },
    { kind: 'text', text: '一段很长的话，'.repeat(200) },
    {
      kind: 'table',
      columns: [
        { title: '序号', width: 10 },
        { title: '摘要', width: 90 },
      ],
      rows: Array.from({ length: 120 }, (_, i) => [String(i + 1), 'f'.repeat(64)]),
    },
  ],
}

test('a document is A4 with as many pages as it needs, and the same bytes whenever it is written', async () => {
  const write = pdfWriter()
  const [one, two] = [await write(document), await pdfWriter()(document)]
  const text = Buffer.from(one.bytes).toString('latin1')
  expect(text.startsWith('%PDF-1.7')).toBe(true)
  expect(one.pages).toBeGreaterThan(4)
  expect([...text.matchAll(/\/MediaBox \[0 0 595\.28 841\.89\]/g)].length).toBe(one.pages)
  expect(text).toContain('pdfaid')
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  expect(digest(one.bytes)).toBe(digest(two.bytes))
})

test('only the letters that are used are embedded', async () => {
  const { bytes } = await pdfWriter()(document)
  expect(bytes.length).toBeLessThan(200_000)
  expect(Buffer.from(bytes).toString('latin1')).toMatch(/\/FontName \/[A-Z]{6}\+NotoSansSC/)
})

test('a letter that the font has not is said by its number, and writes all the same', async () => {
  const write = async (text: string) => (await pdfWriter()({ ...document, blocks: [{ kind: 'text', text }] })).bytes
  expect(Buffer.from(await write('变𠮷\u0000\u202e更')).equals(await write('变[U+20BB7][U+0000][U+202E]更'))).toBe(true)
})

test('the list of chapters stands behind the cover, however long that is', async () => {
  const cover = Array.from({ length: 60 }, (_, i) => [`系统 ${i}`, '政务服务门户'] as const)
  const text = Buffer.from((await pdfWriter()({ ...document, cover })).bytes).toString('latin1')
  const kids = [...text.match(/\/Kids \[([^\]]*)\]/)![1]!.matchAll(/(\d+) 0 R/g)].map((match) => match[1]!)
  // Chapters are linked from their list, and from nowhere else.
  const linked = kids.map((kid) => /\/Annots/.test(new RegExp(`(?:^|\\n)${kid} 0 obj([^]*?)endobj`).exec(text)![1]!))
  expect(linked.slice(0, 4)).toEqual([false, false, true, false])
})

test('a WOFF is unpacked into the font that was packed', () => {
  const woff = readFileSync(
    createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff'),
  )
  const sfnt = sfntOf(woff)
  const view = new DataView(sfnt.buffer, sfnt.byteOffset, sfnt.byteLength)
  const count = view.getUint16(4)
  for (let i = 0; i < count; i += 1) {
    const at = 12 + i * 16
    const [checksum, offset, length] = [4, 8, 12].map((by) => view.getUint32(at + by)) as [number, number, number]
    const tag = Buffer.from(sfnt.subarray(at, at + 4)).toString('latin1')
    let sum = 0
    for (let word = 0; word < (length + 3) >> 2; word += 1) sum = (sum + view.getUint32(offset + word * 4)) >>> 0
    // The checksum of `head` is taken before the sum of the whole file is written into it.
    if (tag !== 'head') expect(sum, tag).toBe(checksum)
  }
  expect(() => sfntOf(sfnt)).toThrow(TypeError)
})

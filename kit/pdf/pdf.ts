import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import PDFKit from 'pdfkit'
import type { PdfBlock, PdfDocument } from './pdf-document.ts'

/**
 * Documents as PDF/A-2b, A4, in Chinese and Latin letters of one embedded subset of Noto Sans SC (ADR 6). Writing yields to whoever else
 * waits for this thread after every few lines: one line costs about two milliseconds.
 */
export type PdfWriter = (document: PdfDocument) => Promise<{ bytes: Uint8Array; pages: number }>

const font = createRequire(import.meta.url).resolve(
  '@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff',
)

/** The tables of a WOFF 1.0 file, inflated once: read from the WOFF each glyph would inflate its table anew. */
export function sfntOf(woff: Uint8Array): Uint8Array {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength)
  if (view.getUint32(0) !== 0x774f4646) throw new TypeError('no WOFF 1.0 file')
  const count = view.getUint16(12)
  const tables = Array.from({ length: count }, (_, i) => {
    const at = 44 + i * 20
    const [tag, offset, packed, length, checksum] = [0, 4, 8, 12, 16].map((by) => view.getUint32(at + by)) as [
      number,
      number,
      number,
      number,
      number,
    ]
    const raw = woff.subarray(offset, offset + packed)
    return { tag, checksum, bytes: packed < length ? inflateSync(raw) : raw, length }
  })
  const padded = (length: number): number => (length + 3) & ~3
  const out = new Uint8Array(12 + count * 16 + tables.reduce((sum, table) => sum + padded(table.length), 0))
  const head = new DataView(out.buffer)
  const power = 2 ** Math.floor(Math.log2(count))
  head.setUint32(0, view.getUint32(4))
  head.setUint16(4, count)
  head.setUint16(6, power * 16)
  head.setUint16(8, Math.log2(power))
  head.setUint16(10, (count - power) * 16)
  let at = 12 + count * 16
  for (const [i, table] of tables.entries()) {
    out.set(table.bytes, at)
    for (const [by, value] of [table.tag, table.checksum, at, table.length].entries()) head.setUint32(12 + i * 16 + by * 4, value)
    at += padded(table.length)
  }
  return out
}

const margin = 56
const width = 595.28 - 2 * margin
const bottom = 841.89 - 64
const ink = '#1b2430'
const faint = '#5b6675'
const line = '#c9d0d9'
type Doc = InstanceType<typeof PDFKit>

export function pdfWriter(): PdfWriter {
  let sfnt: Uint8Array | undefined
  return async (of) => {
    sfnt ??= sfntOf(readFileSync(font))
    const doc = new PDFKit({
      size: 'A4',
      margins: { top: margin, bottom: 64, left: margin, right: margin },
      pdfVersion: '1.7',
      subset: 'PDF/A-2b',
      bufferPages: true,
      font: '',
      lang: 'zh-CN',
      displayTitle: true,
      info: {
        Title: `${of.title} ${of.subtitle}`,
        Author: of.author,
        Creator: 'Huabiao',
        Producer: 'Huabiao',
        CreationDate: of.at,
        ModDate: of.at,
      },
    } as ConstructorParameters<typeof PDFKit>[0])
    const chunks: Uint8Array[] = []
    doc.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    const ended = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject))
    doc.registerFont('body', Buffer.from(sfnt))
    doc.font('body').fillColor(ink)
    const page = await new Layout(doc, of).write()
    doc.end()
    await ended
    return { bytes: Buffer.concat(chunks), pages: page }
  }
}

/** Colours of a row, and what stands above it again where it opens a page. */
interface Look {
  readonly first?: string
  readonly rest?: string
  readonly onPage?: () => void
}

class Layout {
  readonly #doc: Doc
  readonly #of: PdfDocument
  readonly #known: (point: number) => boolean
  readonly #headings: { text: string; level: 1 | 2; page: number }[] = []
  #lines = 0
  constructor(doc: Doc, of: PdfDocument) {
    this.#doc = doc
    this.#of = of
    // pdfkit keeps the parsed font to itself; it alone knows which letters there are.
    const { font: parsed } = (doc as unknown as { _font: { font: { hasGlyphForCodePoint(point: number): boolean } } })._font
    this.#known = (point) => parsed.hasGlyphForCodePoint(point)
  }

  async write(): Promise<number> {
    const doc = this.#doc
    doc.fontSize(26).text(this.#shown(this.#of.title), margin, 150)
    doc.fontSize(15).fillColor(faint).text(this.#shown(this.#of.subtitle)).fillColor(ink).moveDown(2)
    await this.#facts(this.#of.cover)
    const first = doc.bufferedPageRange().count
    // Where each chapter begins is known only afterwards; its list takes as many pages as it needs, in their place.
    const chapters = this.#of.blocks.filter((block) => block.kind === 'heading' && block.level === 1)
    const perPage = 36
    const contents = Math.max(1, Math.ceil(chapters.length / perPage))
    for (let i = 0; i < contents; i += 1) doc.addPage()
    doc.addPage()
    for (const block of this.#of.blocks) await this.#block(block)
    const listed = this.#headings.filter((heading) => heading.level === 1)
    for (let i = 0; i < contents; i += 1) {
      doc.switchToPage(first + i)
      doc.fontSize(16).text(this.#of.contents, margin, margin).moveDown(0.8)
      for (const { text, page } of listed.slice(i * perPage, (i + 1) * perPage)) {
        const y = doc.y
        doc.fontSize(11).text(this.#shown(text), margin, y, { width: width - 60, goTo: `page-${page}` } as object)
        doc.text(String(page), margin + width - 50, y, { width: 50, align: 'right' })
        doc.y = y + 19
      }
    }
    return this.#feet()
  }

  #feet(): number {
    const doc = this.#doc
    const { count } = doc.bufferedPageRange()
    for (let i = 0; i < count; i += 1) {
      doc.switchToPage(i)
      // Below the margin, where text would open a new page.
      doc.page.margins.bottom = 0
      doc.fontSize(7.5).fillColor(faint)
      doc.text(this.#shown(this.#of.foot), margin, 841.89 - 44, { width: width - 70, lineBreak: false })
      doc.text(this.#of.pageOf(i + 1, count), margin + width - 70, 841.89 - 44, { width: 70, align: 'right', lineBreak: false })
      doc.fillColor(ink)
    }
    return count
  }

  async #block(block: PdfBlock): Promise<void> {
    const doc = this.#doc
    switch (block.kind) {
      case 'heading': {
        const size = block.level === 1 ? 16 : 12
        // A heading stands with what it is the heading of.
        this.#room(size * 4 + 60)
        if (block.level === 1) doc.moveDown(0.8)
        else doc.moveDown(0.4)
        const page = doc.bufferedPageRange().count
        this.#headings.push({ text: block.text, level: block.level, page })
        doc
          .fontSize(size)
          .text(this.#shown(block.text), margin, doc.y, { destination: `page-${page}` } as object)
          .moveDown(0.3)
        return this.#breathe()
      }
      case 'text':
        doc.fontSize(block.small ? 8.5 : 10).fillColor(block.small ? faint : ink)
        doc.text(this.#shown(block.text), margin, doc.y, { width }).fillColor(ink).moveDown(0.3)
        return this.#breathe()
      case 'code': {
        const x = margin + 8
        const text = this.#shown(block.text)
        doc.fontSize(9)
        const height = doc.heightOfString(text, { width: width - 16 })
        this.#room(Math.min(height + 8, 400))
        const top = doc.y
        if (top + height < bottom)
          doc
            .rect(margin, top, width, height + 6)
            .fill('#f1f3f6')
            .fillColor(ink)
        doc.text(text, x, top + 3, { width: width - 16 })
        doc.y += 6
        return this.#breathe()
      }
      case 'facts':
        return this.#facts(block.rows)
      case 'table':
        return this.#table(block.columns, block.rows)
    }
  }

  async #facts(rows: readonly (readonly [string, string])[]): Promise<void> {
    const parts = [
      { title: '', width: 24 },
      { title: '', width: 76 },
    ]
    for (const row of rows) {
      this.#row(parts, row, { first: faint })
      await this.#breathe()
    }
    this.#doc.moveDown(0.4)
  }

  async #table(columns: readonly { title: string; width: number }[], rows: readonly (readonly string[])[]): Promise<void> {
    const doc = this.#doc
    const head = () => {
      this.#row(
        columns,
        columns.map((column) => column.title),
        { first: faint, rest: faint },
      )
      doc
        .moveTo(margin, doc.y)
        .lineTo(margin + width, doc.y)
        .lineWidth(0.7)
        .stroke(line)
      doc.y += 2
    }
    this.#room(60)
    head()
    for (const row of rows) {
      const before = doc.bufferedPageRange().count
      this.#row(columns, row, { onPage: head })
      if (doc.bufferedPageRange().count === before)
        doc
          .moveTo(margin, doc.y)
          .lineTo(margin + width, doc.y)
          .lineWidth(0.3)
          .stroke(line)
      doc.y += 2
      await this.#breathe()
    }
    doc.moveDown(0.4)
  }

  #row(columns: readonly { width: number }[], cells: readonly string[], look: Look): void {
    const doc = this.#doc
    const sum = columns.reduce((all, column) => all + column.width, 0)
    const shown = cells.map((cell) => this.#shown(cell))
    const widths = columns.map((column) => (column.width / sum) * width)
    doc.fontSize(9)
    const height = Math.max(...shown.map((cell, i) => doc.heightOfString(cell || ' ', { width: widths[i]! - 6 })))
    if (doc.y + height > bottom) {
      doc.addPage()
      look.onPage?.()
      doc.fontSize(9)
    }
    const top = doc.y
    let x = margin
    let end = top
    for (const [i, cell] of shown.entries()) {
      doc.fillColor((i === 0 ? look.first : look.rest) ?? ink).text(cell, x, top, { width: widths[i]! - 6 })
      end = Math.max(end, doc.y)
      doc.y = top
      x += widths[i]!
    }
    doc.fillColor(ink)
    doc.x = margin
    doc.y = end + 3
  }

  #room(height: number): void {
    if (this.#doc.y + height > bottom) this.#doc.addPage()
  }
  async #breathe(): Promise<void> {
    this.#lines += 1
    if (this.#lines % 5 === 0) await turn()
  }
  /** A letter that the font has not is said by its number: nothing vanishes from a document that is evidence. */
  #shown(text: string): string {
    let out = ''
    for (const letter of text) {
      const point = letter.codePointAt(0)!
      if (letter === '\n') out += letter
      else if (letter === '\t') out += '    '
      else out += point >= 0x20 && this.#known(point) ? letter : `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`
    }
    return out
  }
}

/** What a document says, before anybody thinks of pages: pure data. */
export type PdfBlock =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly small?: boolean }
  /** A command or other text that is meant to the letter. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  /** Widths are parts of the line; a row is never cut by the end of a page unless it is longer than one. */
  | {
      readonly kind: 'table'
      readonly columns: readonly { readonly title: string; readonly width: number }[]
      readonly rows: readonly (readonly string[])[]
    }

export interface PdfDocument {
  readonly title: string
  readonly subtitle: string
  readonly author: string
  readonly contents: string
  /** At the foot of each page, beside its number. */
  readonly foot: string
  readonly pageOf: (page: number, pages: number) => string
  /** The day on the document: the same content is the same bytes, whenever it is written. */
  readonly at: Date
  readonly cover: readonly (readonly [label: string, value: string])[]
  readonly blocks: readonly PdfBlock[]
}

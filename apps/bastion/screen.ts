import type { LineEditor } from './line-editor.ts'
import type { Size } from './terminal.ts'

/** How large the screen of somebody's client is, and who wants to know when that changes. */
export class Screen {
  #size: Size = { columns: 80, rows: 24 }
  #heard: ((size: Size) => void) | undefined

  set(size: Size): void {
    this.#size = size
    this.#heard?.(size)
  }
  /** Tells the size now and whenever it changes. */
  hear(heard: ((size: Size) => void) | undefined): void {
    this.#heard = heard
    heard?.(this.#size)
  }
}

/** Takes the keys from the line editor and the size from the screen, until they are given back. */
export const rawInput =
  (editor: LineEditor, screen: Screen) =>
  (onKeys: (bytes: Buffer) => void, onSize: (size: Size) => void): (() => void) => {
    editor.divert(onKeys)
    screen.hear(onSize)
    return () => {
      editor.divert(undefined)
      screen.hear(undefined)
    }
  }

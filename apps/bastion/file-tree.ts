import type { PlaceView } from '@huabiao/domains/transfer/transfer.contract'
import type { Attributes } from './sftp-packets.ts'

const directory = 0o040555
/** What may come in is written, what may go out is read; the mode on the target is the plan's. */
const incoming = 0o100200
const outgoing = 0o100400

export interface Node {
  readonly name: string
  readonly path: string
  readonly attributes: Attributes
  /** Undefined for a folder. */
  readonly place: PlaceView | undefined
}
export const isFolder = (node: Node): boolean => node.place === undefined

/** The files a person may move now, as folders and files. There is nothing else in it, and no link (path tricks have nowhere to lead). */
export class FileTree {
  readonly #nodes = new Map<string, Node>()
  readonly #children = new Map<string, Node[]>()

  constructor(places: readonly PlaceView[], at: Date) {
    this.#folder('/', at)
    for (const top of ['/upload', '/download']) this.#folder(top, at)
    for (const place of places) {
      const words = place.path.split('/').slice(1)
      for (let depth = 1; depth < words.length; depth++) this.#folder(`/${words.slice(0, depth).join('/')}`, at)
      const mode = place.direction === 'in' ? incoming : outgoing
      const bytes = place.direction === 'out' || place.held ? place.bytes : 0
      this.#add({ name: words.at(-1)!, path: place.path, attributes: { bytes, mode, at: new Date(place.at) }, place })
    }
  }
  find(path: string): Node | undefined {
    return this.#nodes.get(path)
  }
  /** What is in a folder; undefined where there is no such folder. */
  list(path: string): readonly Node[] | undefined {
    const node = this.#nodes.get(path)
    return node && isFolder(node) ? (this.#children.get(path) ?? []) : undefined
  }
  #folder(path: string, at: Date): void {
    if (this.#nodes.has(path)) return
    this.#add({
      name: path.slice(path.lastIndexOf('/') + 1),
      path,
      attributes: { bytes: 0, mode: directory, at },
      place: undefined,
    })
  }
  #add(node: Node): void {
    if (this.#nodes.has(node.path)) return
    this.#nodes.set(node.path, node)
    if (node.path === '/') return
    const parent = node.path.slice(0, node.path.lastIndexOf('/')) || '/'
    const siblings = this.#children.get(parent) ?? []
    siblings.push(node)
    this.#children.set(parent, siblings)
  }
}

const moments = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'Asia/Shanghai',
})
/** A line of `ls -l`, as clients show it to people. */
export function longName(node: Node): string {
  const letters = [...'rwxrwxrwx'].map((letter, i) => (node.attributes.mode & (0o400 >> i) ? letter : '-')).join('')
  const kind = isFolder(node) ? 'd' : '-'
  const when = moments.format(node.attributes.at).replace(',', '')
  return `${kind}${letters}    1 huabiao  huabiao  ${String(node.attributes.bytes).padStart(10)} ${when} ${node.name}`
}

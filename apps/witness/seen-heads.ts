import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TreeHead } from '@huabiao/domains/ledger/ledger.model'
import { type Chain, SeenHead, SignedTreeHead, thinned } from '@huabiao/domains/ledger/ledger-witness.model'
import { appendDurably, writeDurably } from '@huabiao/kit/durable/journal'

export interface LastSeen {
  readonly platform: string
  readonly head: TreeHead
  readonly seen: SeenHead
}
interface KnownChain extends LastSeen {
  readonly lines: number
}

const nameOf = (platform: string, { tenantId, plane }: Chain): string => `${platform}+${tenantId}+${plane}`
const headOf = (seen: SeenHead): TreeHead => SignedTreeHead.parse(JSON.parse(seen.head.payload))
const lineOf = (seen: SeenHead): string => JSON.stringify(seen)

/**
 * The heads that were counter-signed, a file for each chain of each platform. In memory is the last of each; a file that has grown
 * beyond its bound is thinned. A line is on disk before its signature leaves the process, so that no crash makes the witness forget
 * what it has vouched for.
 */
export class SeenHeads {
  readonly #folder: string
  readonly #most: number
  readonly #chains = new Map<string, KnownChain>()

  constructor(stateDir: string, headsPerChainMax: number) {
    this.#folder = join(stateDir, 'heads')
    this.#most = headsPerChainMax
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    for (const file of readdirSync(this.#folder)) {
      const [, name] = /^(.+)\.jsonl$/.exec(file) ?? []
      if (name) this.#load(name)
    }
  }

  get chains(): number {
    return this.#chains.size
  }
  last(platform: string, chain: Chain): LastSeen | undefined {
    return this.#chains.get(nameOf(platform, chain))
  }
  lastOfAll(): readonly LastSeen[] {
    return [...this.#chains.values()]
  }
  /** Every head that is kept of a chain, oldest first, as the lines of a file. */
  read(platform: string, chain: Chain): NodeJS.ReadableStream | undefined {
    return this.last(platform, chain) && createReadStream(this.#path(nameOf(platform, chain)))
  }

  remember(platform: string, chain: Chain, seen: SeenHead): void {
    const name = nameOf(platform, chain)
    const known = this.#chains.get(name)
    appendDurably(this.#path(name), lineOf(seen))
    this.#chains.set(name, { platform, head: headOf(seen), seen, lines: (known?.lines ?? 0) + 1 })
    if ((known?.lines ?? 0) >= this.#most) this.#thin(name)
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.jsonl`)
  }

  #thin(name: string): void {
    const kept = thinned(this.#lines(name), this.#most)
    writeDurably(this.#path(name), kept.map((line) => `${line}\n`).join(''))
    this.#chains.set(name, { ...this.#chains.get(name)!, lines: kept.length })
  }

  #lines(name: string): string[] {
    const path = this.#path(name)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  }

  /** A last line cut short by a crash is dropped: its signature never left. One that is damaged elsewhere stops the start. */
  #load(name: string): void {
    const text = readFileSync(this.#path(name), 'utf8')
    const lines = text.split('\n')
    if (lines.pop()) writeDurably(this.#path(name), lines.map((line) => `${line}\n`).join(''))
    const newest = lines.at(-1)
    if (newest === undefined) return
    const seen = SeenHead.parse(JSON.parse(newest))
    this.#chains.set(name, { platform: name.split('+')[0]!, head: headOf(seen), seen, lines: lines.length })
  }
}

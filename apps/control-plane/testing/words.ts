import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Phrase } from '@huabiao/kit/errors/errors'

/** The words of every refusal there are, gathered from all files of phrases. */
export async function everyPhrase(): Promise<ReadonlyMap<string, Phrase>> {
  const root = join(import.meta.dirname, '../../..')
  const words = new Map<string, Phrase>()
  for (const file of globSync(['domains/*/*.phrases.ts', 'kit/errors/phrases.ts', 'kit/crypto/signer-refusals.ts'], {
    cwd: root,
  })) {
    const module = (await import(join(root, file))) as Record<string, unknown>
    for (const table of Object.values(module))
      for (const [code, phrase] of Object.entries(table ?? {})) if (isPhrase(phrase)) words.set(code, phrase)
  }
  return words
}
const isPhrase = (value: unknown): value is Phrase => typeof value === 'object' && value !== null && 'nextZh' in value

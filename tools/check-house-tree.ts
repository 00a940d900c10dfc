import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/** house.json: the rules as data. A limit that is exceeded on purpose is written there with its reason. */
export interface House {
  tiers: string[][]
  roles: Record<string, string[]>
  pure: string[]
  pureKit: string[]
  maxFileLines: number
  /** By ending: a page names each part of it, for there are no barrels. */
  maxImports: Record<string, number>
  maxDomainFiles: number
  maxDocumentLines: Record<string, number>
  exceptions: Record<string, { limit: number; reason: string }>
}
export interface Tree {
  readonly root: string
  readonly house: House
  /** Paths from the root, sorted; what is installed or built is no part of the house. */
  list(pattern: string | readonly string[]): string[]
  read(file: string): string
}
/** One line for each thing against the house: `file: what`. */
export type Findings = string[]

export function openTree(root: string): Tree {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  return {
    root,
    read,
    house: JSON.parse(read('house.json')) as House,
    list: (pattern) =>
      globSync(pattern as string | string[], {
        cwd: root,
        exclude: (name) => ['node_modules', 'dist', '.git', '.huabiao', '.cache'].includes(basename(name)),
      }).sort(),
  }
}

/** The limit for a file or folder: the house's, or its own where house.json grants one. */
export const limitOf = (house: House, path: string, common: number): number => house.exceptions[path]?.limit ?? common

/** Text without comments and literals: what is code in it. */
export const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|`[^`]*`/g, '')

/** Paths that a file imports, from the root of the repository; packages keep their name. */
export const importsOf = (tree: Tree, file: string, text: string): string[] =>
  [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g)].map(
    (match) => {
      const path = match[1] ?? match[2] ?? match[3] ?? ''
      if (path.startsWith('.')) return relative(tree.root, join(tree.root, dirname(file), path))
      return path.replace(/^@huabiao\/(kit|domains|ui)\//, '$1/')
    },
  )

export const isTest = (file: string): boolean => /\.test\.|(^|\/)testing\/|^e2e\//.test(file)

import type { Findings, Tree } from './check-house-tree.ts'

/** Documents stay short, and name only what is there (house B16). */
export function checkDocuments(tree: Tree): Findings {
  const found: Findings = []
  for (const [file, most] of Object.entries(tree.house.maxDocumentLines)) {
    const lines = tree.read(file).split('\n').length - 1
    if (lines > most) found.push(`${file}: ${lines} lines; at most ${most}`)
  }
  for (const domain of tree.house.tiers.flat()) {
    const [readme] = tree.list(`domains/${domain}/README.md`)
    if (!readme) found.push(`domains/${domain}: has no README.md`)
    else if (tree.read(readme).split('\n').length > 61) found.push(`${readme}: more than one page`)
  }
  const names = new Set(tree.list(['**/*.*', '.ci/*']).map((path) => path.split('/').at(-1)!))
  for (const file of tree.list(['*.md', 'docs/**/*.md', 'domains/*/README.md']))
    for (const path of pathsIn(tree.read(file)))
      if (!exists(tree, names, file, path)) found.push(`${file}: names ${path}, which is not there`)
  return found
}

/** What is written as code or linked and looks like a path of ours. A placeholder (`<domain>`) is no path. */
function pathsIn(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const inCode = [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code!.split(/\s+/))
  const linked = [...prose.matchAll(/\]\(([^)#\s]+)\)/g)].map(([, path]) => path!).filter((path) => !path.includes(':'))
  const ours = /^\.?\/?(apps|domains|kit|ui|tools|docs|golden|e2e|\.ci)\/[\w.*{},/-]+$/
  const file = /^\*?[\w-][\w.-]*\.(ts|tsx|mjs|md|json|sql|txt|css)$/
  return [...new Set([...inCode.filter((word) => ours.test(word) || file.test(word)), ...linked])]
}

function exists(tree: Tree, names: ReadonlySet<string>, file: string, path: string): boolean {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '')
  if (!plain.includes('/') && !plain.includes('*') && names.has(plain)) return true
  if (tree.list(plain).length > 0) return true
  // A file of the domain that the document is about, or one of many of that ending.
  const folder = file.split('/').slice(0, -1).join('/')
  return tree.list(folder === '' ? `**/${plain}` : [`${folder}/${plain}`, `**/${plain}`]).length > 0
}

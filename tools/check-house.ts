// The rules of the house that a machine can keep; what they mean is in house.json and ARCHITECTURE.md.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkDocuments } from './check-house-documents.ts'
import { checkSizes } from './check-house-sizes.ts'
import { checkTables } from './check-house-tables.ts'
import { codeOf, importsOf, openTree } from './check-house-tree.ts'

const tree = openTree(process.argv[2] ?? join(import.meta.dirname, '..'))
const { root, house, list, read } = tree
const order = house.tiers.flat()
const found: string[] = []
const report = (file: string, text: string): number => found.push(`${file}: ${text}`)

interface Place {
  domain: string
  role: string
}
function placeOf(path: string): Place | undefined {
  const [top, domain, name] = path.split('/')
  if (top !== 'domains' || !domain || !name) return undefined
  const role = /\.([a-z]+)(?:\.test)?(?:\.ts)?$/.exec(name)?.[1]
  return role ? { domain, role } : undefined
}

const sources = list(['kit/**/*.ts', 'domains/**/*.ts', 'apps/**/*.{ts,tsx}', 'ui/**/*.{ts,tsx}', 'tools/**/*.ts', 'e2e/**/*.ts'])
const forbiddenCalls = /\b(Date\.now\(\)|Math\.random\(|new Date\(\)|process\.|fetch\(|setTimeout\(|performance\.)/

for (const file of sources) {
  const text = read(file)
  if (/(^|\/)(utils?|helpers?|common|misc)(\/|\.|$)/.test(file)) report(file, 'a name that says nothing')
  if (/\b(TODO|FIXME|XXX)\b/.test(text) && !basename(file).startsWith('check-house')) report(file, 'an open end')
  if (/shell:\s*true|\bexecSync\(|[^.]\bexec\(['"`]/.test(text) && !basename(file).startsWith('check-house'))
    report(file, 'spawns a shell')
  const statements = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (
    statements.length > 0 &&
    statements.every((line) => /^export (\*|\{|type \{).* from /.test(line)) &&
    !file.endsWith('.fixtures.ts')
  )
    report(file, 'a barrel')
  const imports = importsOf(tree, file, text)
  if (
    !file.startsWith('ui/') &&
    imports.some((path) => path === 'antd' || path.startsWith('antd/') || path.startsWith('@ant-design/'))
  )
    report(file, 'only ui/ knows the component library')
  const place = placeOf(file)
  if (place) checkDomainFile(file, text, imports, place)
  const isPureKit = house.pureKit.some((name) => file === `kit/${name}.ts`)
  if (isPureKit && forbiddenCalls.test(codeOf(text))) report(file, 'a pure file reads clock, chance or the world')
  if (
    file.startsWith('kit/') &&
    imports.some((path) => path.startsWith('domains/') || path.startsWith('apps/')) &&
    !file.includes('.test.')
  )
    report(file, 'the kit knows no domain')
}

function checkDomainFile(file: string, text: string, imports: readonly string[], { domain, role }: Place): void {
  if (!order.includes(domain)) return void report(file, `domain ${domain} is not in house.json`)
  const name = basename(file)
  const isTest = name.includes('.test.')
  if (!name.startsWith(`${domain}.`) && !name.startsWith(`${domain}-`)) report(file, `its name does not begin with ${domain}`)
  if (isTest) return
  const allowed = house.roles[role]
  if (!allowed) return void report(file, `${role} is no role of house.json`)
  if (house.pure.includes(role)) {
    if (forbiddenCalls.test(codeOf(text))) report(file, 'a pure file reads clock, chance or the world')
    for (const path of imports)
      if (path.startsWith('node:') || ['pg', 'kysely', 'fastify', 'ssh2'].includes(path))
        report(file, `a pure file imports ${path}`)
  }
  for (const path of imports) {
    const to = placeOf(path)
    if (!to) {
      if (path.startsWith('apps/')) report(file, `a domain imports ${path}`)
      continue
    }
    if (to.domain === domain) {
      if (!allowed.includes(to.role) && to.role !== role) report(file, `${role} may not import ${to.role}`)
    } else {
      if (order.indexOf(to.domain) > order.indexOf(domain)) report(file, `${domain} stands before ${to.domain}`)
      if (!['model', 'contract', 'phrases', 'module', 'fixtures'].includes(to.role))
        report(file, `reaches into ${to.domain}: ${basename(path)}`)
    }
  }
}

// No cycle: a file that can be understood by itself does not need the one that needs it.
const graph = new Map<string, string[]>()
for (const file of sources.filter((name) => !name.includes('.test.'))) {
  const targets = importsOf(tree, file, read(file)).flatMap((path) => {
    const candidates = [path, `${path}.ts`, `${path}.tsx`]
    const hit = candidates.find((one) => /\.tsx?$/.test(one) && existsSync(join(root, one)))
    return hit ? [hit] : []
  })
  graph.set(file, typeOnly(file, targets))
}
/** An import of types alone is no dependency at run time, and ports are how two domains name each other. */
function typeOnly(file: string, targets: readonly string[]): string[] {
  const text = read(file)
  const erased = new Set(
    [...text.matchAll(/import type [^'"]*?from\s+'([^']+)'/g)].map((match) => basename(match[1] ?? '').replace(/\.tsx?$/, '')),
  )
  return targets.filter((target) => !erased.has(basename(target).replace(/\.tsx?$/, '')))
}
const state = new Map<string, 'open' | 'done'>()
function walk(file: string, path: readonly string[]): void {
  if (state.get(file) === 'done') return
  if (state.get(file) === 'open') {
    report(file, `a cycle: ${[...path.slice(path.indexOf(file)), file].map((one) => basename(one)).join(' → ')}`)
    return
  }
  state.set(file, 'open')
  for (const next of graph.get(file) ?? []) walk(next, [...path, file])
  state.set(file, 'done')
}
for (const file of graph.keys()) walk(file, [])

// Every refusal that a model tables has its words.
const phrases = list(['domains/*/*.phrases.ts', 'kit/errors/phrases.ts']).map(read).join('\n')
for (const file of list('domains/*/*.model.ts'))
  for (const [, code] of read(file).matchAll(/^\s+'([a-z_]+\.[a-z_]+)': \{ status/gm))
    if (!phrases.includes(`'${code}'`)) report(file, `${code} has no words`)
for (const file of list('domains/*/*.contract.ts'))
  for (const [, summary] of read(file).matchAll(/summary: '([^']*)'/g))
    if (!/^[^ -~]+.* \/ [A-Z]/.test(summary ?? '')) report(file, `summary is not in both languages: ${summary}`)

found.push(...checkSizes(tree, sources), ...checkTables(tree), ...checkDocuments(tree))

if (found.length > 0) {
  console.error(found.sort().join('\n'))
  console.error(`${found.length} against the house`)
  process.exitCode = 1
} else console.log(`${sources.length} files keep the house`)

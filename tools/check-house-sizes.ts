import { basename, extname } from 'node:path'
import { codeOf, type Findings, importsOf, isTest, limitOf, type Tree } from './check-house-tree.ts'

/** How large a thing may grow before it is two, and what a file may not hide (house B17). */
export function checkSizes(tree: Tree, sources: readonly string[]): Findings {
  return [...sources.flatMap((file) => checkFile(tree, file)), ...checkDomains(tree), ...checkExceptions(tree)]
}

function checkFile(tree: Tree, file: string): Findings {
  const { house } = tree
  const text = tree.read(file)
  const found: Findings = []
  const lines = text.split('\n').length - 1
  const maxLines = limitOf(house, file, house.maxFileLines)
  if (lines > maxLines) found.push(`${file}: ${lines} lines; at most ${maxLines}`)
  const imports = new Set(importsOf(tree, file, text)).size
  const maxImports = limitOf(house, `${file} imports`, house.maxImports[extname(file)] ?? 0)
  if (imports > maxImports && !isTest(file)) found.push(`${file}: ${imports} imports; at most ${maxImports}`)
  // This file names what it looks for.
  if (basename(file).startsWith('check-house')) return found
  for (const [line] of text.matchAll(/.*biome-ignore.*/g))
    if (!/biome-ignore [\w/]+: .{12,}/.test(line)) found.push(`${file}: a suppression without a reason`)
  if (/@ts-(ignore|nocheck)|@ts-expect-error\s*$|eslint-disable/m.test(text))
    found.push(`${file}: a suppression without a reason`)
  if (/\bas any\b|:\s*any\b|<any>/.test(codeOf(text))) found.push(`${file}: any`)
  return found
}

function checkDomains({ house, list, read }: Tree): Findings {
  const found: Findings = []
  for (const domain of house.tiers.flat()) {
    const files = list(`domains/${domain}/*.ts`).filter((file) => !isTest(file))
    const most = limitOf(house, `domains/${domain}`, house.maxDomainFiles)
    if (files.length > most) found.push(`domains/${domain}: ${files.length} files; at most ${most}, then it is two`)
  }
  for (const file of list(['domains/*/migrations/*.sql', 'kit/db/migrations/*.sql']))
    if (!/^-- \S.{20,}/.test(read(file))) found.push(`${file}: its first line does not say why`)
  return found
}

/** An exception without a reason is none, and one that is not needed any more goes. */
function checkExceptions({ house, list }: Tree): Findings {
  return Object.entries(house.exceptions).flatMap(([path, { reason }]) => [
    ...(reason.length < 20 ? [`house.json: the exception for ${path} has no reason`] : []),
    ...(list(path.split(' ')[0]!).length === 0 ? [`house.json: an exception for ${path}, which is not there`] : []),
  ])
}

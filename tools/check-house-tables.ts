import { type Findings, isTest, type Tree } from './check-house-tree.ts'

/** A table is named by its owner alone; others read the views that the owner publishes as `pub_*` (house B6). The bench fills tables in bulk. */
export function checkTables(tree: Tree): Findings {
  const found: Findings = []
  const owners = new Map<string, string>()
  const migrations = tree.list(['domains/*/migrations/*.sql', 'kit/db/migrations/*.sql'])
  for (const file of migrations)
    for (const [, table] of tree.read(file).matchAll(/^create table (?:if not exists )?([a-z_]+)/gm))
      owners.set(table!, domainOf(file))
  const sources = tree
    .list(['domains/**/*.ts', 'kit/**/*.ts', 'apps/*/*.ts', 'tools/**/*.ts'])
    .filter((file) => !isTest(file) && !file.startsWith('tools/bench/'))
  for (const file of [...sources, ...migrations])
    for (const table of tablesIn(tree.read(file), owners)) {
      const owner = owners.get(table)
      if (owner !== domainOf(file) && !isGuardBelow(tree, file, owner!)) found.push(`${file}: table ${table} belongs to ${owner}`)
    }
  return found
}

/** The red lines that the database keeps itself look at rows of earlier domains: a trigger has no port to ask. */
const isGuardBelow = ({ house }: Tree, file: string, owner: string): boolean => {
  const order = house.tiers.flat()
  return file.endsWith('.sql') && order.indexOf(owner) < order.indexOf(domainOf(file))
}
const domainOf = (file: string): string => {
  const [top, domain] = file.split('/')
  return top === 'domains' ? domain! : top!
}

/** Tables that a text reads or writes, in SQL or through Kysely. A foreign key names its table by right: `references`. */
function tablesIn(text: string, owners: ReadonlyMap<string, string>): Set<string> {
  const named = [
    ...text.replace(/--.*/g, '').matchAll(/\b(?:from|join|into|update|on|table)\s+(?:only\s+)?([a-z_]+)\b/gi),
    ...text.matchAll(/(?:selectFrom|insertInto|updateTable|deleteFrom|Join)\('([a-z_]+)(?: as [a-z]+)?'/g),
  ].map((match) => match[1]!)
  return new Set(named.filter((name) => owners.has(name)))
}

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** Each rule of the house is broken once, in a small tree of its own, and has to be seen. */
const root = join(import.meta.dirname, '..')
const house = JSON.parse(readFileSync(join(root, 'house.json'), 'utf8')) as object

const sound: Readonly<Record<string, string>> = {
  'AGENTS.md': 'See `house.json`.\n',
  'ARCHITECTURE.md': 'See `domains/north/north.store.ts` and `north.model.ts`.\n',
  'domains/north/README.md': '# North\n',
  'domains/south/README.md': '# South\n',
  'domains/north/north.model.ts': 'export const one = 1\n',
  'domains/north/north.store.ts': 'export const find = sql`select * from north_thing`\n',
  'domains/north/migrations/1_north.sql':
    '-- Things of the north: why there is a table for them at all.\ncreate table north_thing (id uuid);\n',
  'domains/south/south.model.ts': "import { one } from '@huabiao/domains/north/north.model'\nexport const two = one + 1\n",
}
async function findingsIn(files: Readonly<Record<string, string>>, rules: object = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'huabiao-house-'))
  const exceptions = { ...house, tiers: [['north'], ['south']], exceptions: {}, ...rules }
  const tree: Record<string, string> = { 'house.json': JSON.stringify(exceptions), ...sound, ...files }
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  try {
    return await promisify(execFile)(process.execPath, [join(root, 'tools/check-house.ts'), folder]).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const lines = (count: number, text = 'export const a = 1'): string =>
  `${Array.from({ length: count }, (_, i) => text.replace('a', `a${i}`)).join('\n')}\n`
const broken: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a file of 401 lines', { 'kit/long/long.ts': lines(401) }, 'kit/long/long.ts: 401 lines; at most 400'],
  ['21 imports', { 'kit/many/many.ts': lines(21, "import './a.ts'") }, 'kit/many/many.ts: 21 imports; at most 20'],
  [
    '31 files of one domain',
    Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`domains/north/north-p${i}.model.ts`, 'export const x = 1\n'])),
    'domains/north: 33 files; at most 30',
  ],
  ['a README longer than a page', { 'domains/north/README.md': lines(80, 'a') }, 'domains/north/README.md: more than one page'],
  ['AGENTS.md of 151 lines', { 'AGENTS.md': lines(151, 'a') }, 'AGENTS.md: 151 lines; at most 150'],
  [
    'a document that names what is not there',
    { 'docs/how-to/x.md': 'See `domains/north/gone.ts`.\n' },
    'docs/how-to/x.md: names domains/north/gone.ts, which is not there',
  ],
  ['a link to nothing', { 'README.md': '[here](docs/gone.md)\n' }, 'README.md: names docs/gone.md, which is not there'],
  [
    'a suppression without a reason',
    { 'kit/a/a.ts': '// biome-ignore lint/a11y/noAutofocus: why\n' },
    'kit/a/a.ts: a suppression without a reason',
  ],
  ['a silenced compiler', { 'kit/a/a.ts': '// @ts-ignore\nexport const a = 1\n' }, 'kit/a/a.ts: a suppression without a reason'],
  ['any', { 'kit/a/a.ts': 'export const a = (b: any) => b\n' }, 'kit/a/a.ts: any'],
  [
    'a migration that does not say why',
    { 'domains/north/migrations/2_x.sql': 'create table x (id uuid);\n' },
    'domains/north/migrations/2_x.sql: its first line does not say why',
  ],
  [
    "another domain's table in SQL",
    { 'domains/south/south.store.ts': 'export const a = sql`select * from north_thing`\n' },
    'domains/south/south.store.ts: table north_thing belongs to north',
  ],
  [
    "another domain's table through Kysely",
    { 'apps/x/main.ts': "export const a = (tx) => tx.selectFrom('north_thing as n')\n" },
    'apps/x/main.ts: table north_thing belongs to north',
  ],
  [
    "a later domain's table in a migration",
    {
      'domains/south/migrations/1_s.sql':
        '-- A table of the south, for this test of the house.\ncreate table south_thing (id uuid);\n',
      'domains/north/migrations/3_n.sql':
        '-- Reads what is written later than itself, wrongly.\ncreate view v as select * from south_thing;\n',
    },
    'domains/north/migrations/3_n.sql: table south_thing belongs to south',
  ],
  [
    'an import downwards',
    { 'domains/north/north-a.model.ts': "import { two } from '@huabiao/domains/south/south.model'\nexport const a = two\n" },
    'north stands before south',
  ],
  [
    "a reach over another domain's wall",
    { 'domains/south/south.service.ts': "import { find } from '@huabiao/domains/north/north.store'\nexport const a = find\n" },
    'reaches into north: north.store',
  ],
  ['a role that is none', { 'domains/north/north.thing.ts': 'export const a = 1\n' }, 'thing is no role of house.json'],
  [
    'a name that is not the domain',
    { 'domains/north/other.model.ts': 'export const a = 1\n' },
    'its name does not begin with north',
  ],
  [
    'a role that imports what it may not',
    { 'domains/north/north-b.model.ts': "import { find } from './north.store.ts'\nexport const a = find\n" },
    'model may not import store',
  ],
  [
    'a model that reads the clock',
    { 'domains/north/north-c.model.ts': 'export const a = Date.now()\n' },
    'a pure file reads clock, chance or the world',
  ],
  [
    'a model that imports a library of IO',
    { 'domains/north/north-d.model.ts': "import pg from 'pg'\nexport const a = pg\n" },
    'a pure file imports pg',
  ],
  ['a name that says nothing', { 'kit/utils/a.ts': 'export const a = 1\n' }, 'a name that says nothing'],
  ['a barrel', { 'kit/a/a.ts': "export * from './b.ts'\n", 'kit/a/b.ts': 'export const b = 1\n' }, 'a barrel'],
  ['a shell', { 'tools/x.ts': "export const a = spawn('ls', { shell: true })\n" }, 'spawns a shell'],
  ['an open end', { 'kit/a/a.ts': `// ${'TO'}${'DO'}: later\nexport const a = 1\n` }, 'an open end'],
  [
    'the component library outside ui',
    { 'apps/x/a.ts': "import { Button } from 'antd'\nexport const a = Button\n" },
    'only ui/ knows the component library',
  ],
  [
    'a kit that knows a domain',
    { 'kit/a/a.ts': "import { one } from '@huabiao/domains/north/north.model'\nexport const a = one\n" },
    'the kit knows no domain',
  ],
  [
    'a cycle',
    {
      'kit/a/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'kit/a/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    },
    'a cycle: a.ts → b.ts → a.ts',
  ],
  [
    'a refusal without words',
    { 'domains/north/north-e.model.ts': "export const r = {\n  'north.no_such': { status: 404 },\n}\n" },
    'north.no_such has no words',
  ],
  [
    'a summary in one language',
    { 'domains/north/north.contract.ts': "export const e = { summary: 'Things' }\n" },
    'summary is not in both languages',
  ],
]

describe('the house', () => {
  test('is kept by this tree', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'tools/check-house.ts')])
    expect(stdout).toMatch(/^\d+ files keep the house\n$/)
  })
  test('finds nothing in a sound tree', async () => {
    expect(await findingsIn({})).toBe('3 files keep the house\n')
  })
  test('a domain without a README is seen', async () => {
    expect(await findingsIn({}, { tiers: [['north'], ['south'], ['west']] })).toContain('domains/west: has no README.md')
  })
  test('an exception needs a reason, and something that it is for', async () => {
    const exceptions = { 'kit/gone.ts': { limit: 500, reason: 'so' } }
    const found = await findingsIn({}, { exceptions })
    expect(found).toContain('house.json: the exception for kit/gone.ts has no reason')
    expect(found).toContain('house.json: an exception for kit/gone.ts, which is not there')
    const granted = { 'kit/long/long.ts': { limit: 500, reason: 'A table of data that is read as one thing.' } }
    expect(await findingsIn({ 'kit/long/long.ts': lines(401) }, { exceptions: granted })).toContain('keep the house')
  })
  test.concurrent.each(broken)(
    '%s is seen',
    async (_, files, told) => {
      expect(await findingsIn(files)).toContain(told)
    },
    60_000,
  )
})

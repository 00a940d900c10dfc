import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@huabiao/kit/db/migrate'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appliedMigrations, dumpTables, loadTables, readSequences, transaction, withClient } from './backup-database.ts'
import { checkBackup, digestFile, filesBelow, type Manifest, writeManifest } from './backup-manifest.ts'

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hb-backup-test-'))
  folders.push(folder)
  for (const part of ['state', 'database', 'evidence']) mkdirSync(join(folder, part))
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const manifestOf = async (folder: string, more: Partial<Manifest> = {}): Promise<Manifest> => ({
  v: 1,
  kind: 'huabiao-backup',
  id: randomUUID(),
  at: new Date().toISOString(),
  migrations: [],
  keys: [],
  tables: [],
  sequences: [],
  chains: [],
  evidence: { objects: 0, bytes: 0 },
  files: await Promise.all(filesBelow(folder).map((path) => digestFile(folder, path))),
  ...more,
})

describe('a backup is believed only as it was taken', () => {
  let good: string
  beforeAll(async () => {
    good = newFolder()
    writeFileSync(join(good, 'state', 'config.json'), '{"demo":true}')
    writeFileSync(join(good, 'database', 'setting.rows'), '"(a,1)"\n')
    writeManifest(good, await manifestOf(good))
  })
  const damaged = (damage: (folder: string) => void): string => {
    const folder = newFolder()
    cpSync(good, folder, { recursive: true })
    damage(folder)
    return folder
  }

  test('as it was taken', async () => {
    expect((await checkBackup(good)).manifest.files).toHaveLength(2)
  })
  test.each<[string, string, (folder: string) => void]>([
    ['a byte altered', 'backup.file_altered', (at) => writeFileSync(join(at, 'state', 'config.json'), '{"demo":tru}}')],
    ['a byte more', 'backup.file_altered', (at) => appendFileSync(join(at, 'database', 'setting.rows'), '\n')],
    ['a file gone', 'backup.file_missing', (at) => rmSync(join(at, 'database', 'setting.rows'))],
    ['a file more', 'backup.file_unknown', (at) => writeFileSync(join(at, 'state', 'more'), '')],
    [
      'a link in place of a file',
      'backup.file_missing',
      (at) => {
        rmSync(join(at, 'state', 'config.json'))
        symlinkSync(join(good, 'state', 'config.json'), join(at, 'state', 'config.json'))
      },
    ],
    ['no manifest', 'backup.incomplete', (at) => rmSync(join(at, 'manifest.json'))],
    ['no digest of the manifest', 'backup.incomplete', (at) => rmSync(join(at, 'manifest.sm3'))],
    ['another manifest', 'backup.manifest_altered', (at) => appendFileSync(join(at, 'manifest.json'), ' ')],
  ])('%s: %s', async (_, code, damage) => {
    await expect(checkBackup(damaged(damage))).rejects.toMatchObject({ code })
  })
  test('a digest kept elsewhere finds a backup that was made to agree with itself', async () => {
    const { digest } = await checkBackup(good)
    const forged = damaged((at) => writeFileSync(join(at, 'state', 'config.json'), '{}'))
    writeManifest(
      forged,
      await manifestOf(forged, { files: (await manifestOf(forged)).files.filter((f) => !f.path.startsWith('manifest')) }),
    )
    await expect(checkBackup(forged)).resolves.toBeDefined()
    await expect(checkBackup(forged, digest)).rejects.toMatchObject({ code: 'backup.manifest_altered' })
  })
  test.each([
    '../outside',
    'state/../../outside',
    '/etc/passwd',
    'state//x',
    'elsewhere/x',
    'state/..',
  ])('a path that leads elsewhere is no path of a backup: %s', async (path) => {
    const folder = newFolder()
    writeManifest(
      folder,
      await manifestOf(folder, { files: [{ path, bytes: 0, mode: 0o600, sm3: '0'.repeat(64), sha256: '0'.repeat(64) }] }),
    )
    await expect(checkBackup(folder)).rejects.toMatchObject({ code: 'backup.manifest_invalid' })
  })
  test('a head that nobody of this backup signed is not taken for signed', async () => {
    const folder = newFolder()
    const head = { size: 1, root: '0'.repeat(64), payload: '{}', signatures: [] as never[] }
    const signatures = (['ed25519', 'sm2'] as const).map((alg) => ({ alg, keyId: '0'.repeat(16), value: 'AAAA' }))
    const chain = { chain: `${randomUUID()}/platform`, size: 1, last: '0'.repeat(64), head: { ...head, signatures } }
    writeManifest(folder, await manifestOf(folder, { chains: [chain] }))
    await expect(checkBackup(folder)).rejects.toMatchObject({ code: 'backup.head_unsigned' })
  })
})

test('rows go out and come back as they were, whatever is in them, and the database refuses afterwards what it refused before', async () => {
  const [source, target] = [await testDatabase(), await testDatabase()]
  const folder = newFolder()
  const odd = ['"; drop table setting; --', 'a\nb\r\\"(,)', '', ' ', '华表 𠀀', '\\', 'null', '{}']
  const manifest = await withClient(source.ownerUrl, async (client) => {
    for (const [index, text] of odd.entries())
      await client.query('insert into setting (name, value, updated_at) values ($1, $2, $3)', [
        `${index} ${text}`,
        JSON.stringify(index === 0 ? null : { text }),
        '2026-11-25 01:02:03.456789+08',
      ])
    await client.query(`insert into ledger_chain (tenant_id, plane) values (gen_random_uuid(), 'platform')`)
    return transaction(client, 'isolation level repeatable read read only', async () => ({
      migrations: await appliedMigrations(client),
      tables: await dumpTables(client, folder),
      sequences: await readSequences(client),
    }))
  })
  await withClient(target.ownerUrl, async (client) => {
    await client.query(`insert into setting (name, value) values ('of the target', '1')`)
    const constraints = `select string_agg(conname || pg_get_constraintdef(oid), ' ' order by conname) as all from pg_constraint where contype = 'f'`
    const before = (await client.query(constraints)).rows
    await transaction(client, '', async () => loadTables(client, await manifestOf(folder, manifest), folder))
    expect((await client.query(constraints)).rows).toEqual(before)
    await expect(client.query(`truncate ledger_record`)).rejects.toMatchObject({ code: 'HB013' })
  })
  const again = newFolder()
  await withClient(target.ownerUrl, (client) => transaction(client, 'read only', () => dumpTables(client, again)))
  for (const { name } of manifest.tables) {
    const rows = (of: string): string[] =>
      readFileSync(join(of, 'database', `${name}.rows`), 'utf8')
        .split('\n')
        .sort()
    expect(rows(again), name).toEqual(rows(folder))
  }
  expect(readFileSync(join(again, 'database', 'setting.rows'), 'utf8')).toContain('456789')
})

test('the schema of a backup is made first, and what came since is applied after it', async () => {
  const { ownerUrl } = await testDatabase()
  const all = await withClient(ownerUrl, appliedMigrations)
  expect(all.length).toBeGreaterThan(10)
  await withClient(ownerUrl, (client) =>
    client.query('drop schema public cascade; create schema public; drop extension if exists btree_gist'),
  )
  const old = new Set([...all].sort((a, b) => a.localeCompare(b, 'en')).slice(0, 5))
  expect(await migrate(ownerUrl, old)).toHaveLength(5)
  expect(await migrate(ownerUrl)).toHaveLength(all.length - 5)
})

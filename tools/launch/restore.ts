// Makes a deployment go on from a backup, and proves that it is what was backed up before anybody logs on.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { objectPath } from '@huabiao/domains/evidence/evidence.model'
import { everyObject, type KeptObject } from '@huabiao/domains/evidence/evidence.module'
import { migrate } from '@huabiao/kit/db/migrate'
import { ensureRoles } from '@huabiao/kit/db/roles'
import { appliedMigrations, countRows, loadTables, pages, transaction, withClient } from './backup-database.ts'
import { chainsOf, tellLedger } from './backup-ledger.ts'
import { checkBackup, type Manifest } from './backup-manifest.ts'
import { BackupRefusal } from './backup-refusal.ts'
import { giveState, holdsDeployment, moveAside, placeState } from './backup-state.ts'
import { bringUpToDate, type DatabaseUrls } from './database.ts'
import { evidenceStore, isPiece } from './evidence-setting.ts'
import { writeJson } from './files.ts'
import { folderFault, unfinishedFile } from './preflight.ts'
import { type RestoreOrder, refuseToOverwrite, type Unfinished } from './restore-checks.ts'
import { loadSecrets, makeStateFolder, type StateFolder } from './state.ts'
import { withDatabase } from './with-database.ts'

async function restoreDatabase(state: StateFolder, urls: DatabaseUrls, manifest: Manifest, folder: string): Promise<void> {
  const secrets = loadSecrets(state)
  await ensureRoles(urls.owner, { app: secrets.app, signer: secrets.signer })
  await withClient(urls.owner, async (client) => {
    if ((await appliedMigrations(client)).length > 0 && (await countRows(client, 'ledger_record')) > 0)
      throw new BackupRefusal('restore.holds_data', new URL(urls.owner).pathname)
  })
  await migrate(urls.owner, new Set(manifest.migrations))
  await withClient(urls.owner, (client) => transaction(client, '', () => loadTables(client, manifest, folder)))
}

/** Puts each registered piece back and reads it again: what counts is what the store now answers. */
async function restoreEvidence(state: StateFolder, urls: DatabaseUrls, manifest: Manifest, folder: string): Promise<void> {
  const store = evidenceStore(state, loadSecrets(state))
  let objects = 0
  await withClient(urls.owner, (client) =>
    transaction(client, 'read only', async () => {
      for await (const page of pages<KeptObject>(client, everyObject))
        for (const row of page) {
          const name = { tenantId: row.tenant_id, sha256: row.sha256 }
          const path = join('evidence', objectPath(name))
          if (!existsSync(join(folder, path))) throw new BackupRefusal('restore.not_proved', path)
          await store.put(name, readFileSync(join(folder, path)), row.keep_until)
          if (!isPiece(await store.get(name), row)) throw new BackupRefusal('restore.not_proved', path)
          objects += 1
        }
    }),
  )
  if (objects !== manifest.evidence.objects) throw new BackupRefusal('restore.not_proved', 'evidence')
}

/** Looks at what is now there, not at what was written: rows, and chains from their first record. */
async function prove(urls: DatabaseUrls, manifest: Manifest): Promise<void> {
  await withClient(urls.owner, (client) =>
    transaction(client, 'read only', async () => {
      for (const { name, rows } of manifest.tables)
        if ((await countRows(client, name)) !== rows) throw new BackupRefusal('restore.not_proved', name)
      const chains = new Map((await chainsOf(client)).map((proof) => [proof.chain, proof]))
      for (const { chain, size, last, head } of manifest.chains) {
        const now = chains.get(chain)
        if (now?.size !== size || now.last !== last || now.head?.root !== head?.root)
          throw new BackupRefusal('restore.not_proved', chain)
      }
    }),
  )
}

/** Restores and proves; answers what was proved, and where what was here before lies now. @throws BackupRefusal */
export async function restoreBackup(state: StateFolder, order: RestoreOrder): Promise<{ manifest: Manifest; aside?: string }> {
  const backup = await checkBackup(order.folder, order.digest)
  const { manifest } = backup
  const beyond = refuseToOverwrite(state, order, manifest)
  const replaced = holdsDeployment(state)
  const aside = replaced ? await moveAside(state, new Date().toISOString().replaceAll(/[^0-9]/g, '')) : undefined
  makeStateFolder(state)
  writeJson(unfinishedFile(state), { backup: manifest.id, discarded: Object.fromEntries(beyond) } satisfies Unfinished)
  placeState(state, order.folder, manifest.files)
  const databaseUrl = process.env.HUABIAO_DATABASE_URL
  const secrets = loadSecrets(state, databaseUrl ? { databaseUrl } : {})
  await withDatabase(state, async (urls) => {
    await restoreDatabase(state, urls, manifest, order.folder)
    await prove(urls, manifest)
    await bringUpToDate(urls, secrets)
    await restoreEvidence(state, urls, manifest, order.folder)
    await tellLedger(urls.app, backup, replaced ? beyond : undefined)
  })
  await giveState(state)
  rmSync(unfinishedFile(state))
  return { manifest, ...(aside === undefined ? {} : { aside }) }
}

export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      digest: { type: 'string' },
      replace: { type: 'boolean' },
      'discard-history': { type: 'boolean' },
    },
  })
  const [folder, ...rest] = positionals
  if (!folder || rest.length > 0) throw new Error('from which folder?  huabiao restore <folder>')
  const fault = folderFault(state)
  if (fault !== undefined) throw new Error(fault)
  const { digest, replace, 'discard-history': discardHistory } = values
  const { manifest, aside } = await restoreBackup(state, { folder: resolve(folder), digest, replace, discardHistory })
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  console.log(`恢复完成并已证明 / restored, and proved: backup ${manifest.id} of ${manifest.at}
  ${manifest.tables.length} tables, ${rows} rows: counts equal
  ${manifest.evidence.objects} pieces of evidence: digests equal`)
  for (const { chain, size, head } of manifest.chains)
    console.log(`  ${chain}: ${size} records verified, signed head at ${head?.size ?? 0}`)
  if (aside !== undefined) console.log(`  原有数据移至 / what was here lies in: ${aside}`)
  console.log('  已写入每条审计链 / recorded in every chain: ledger.restored\n  启动 / start it: ./huabiao up')
  return 0
}

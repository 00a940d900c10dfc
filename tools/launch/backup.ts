// Takes a backup of a deployment, running or not. The order makes it consistent: first what the processes remember (the signer's
// heads are then never ahead of the ledger), then the database at one moment, then the evidence that this moment names.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { objectPath } from '@huabiao/domains/evidence/evidence.model'
import { everyObject, type KeptObject, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import type pg from 'pg'
import { appliedMigrations, dumpTables, pages, readSequences, transaction, withClient } from './backup-database.ts'
import { chainsOf } from './backup-ledger.ts'
import { checkHead, digestFile, filesBelow, type Manifest, writeManifest } from './backup-manifest.ts'
import { BackupRefusal } from './backup-refusal.ts'
import { copyState, holdsDeployment } from './backup-state.ts'
import { evidenceStore, isPiece } from './evidence-setting.ts'
import { makeFolder } from './files.ts'
import { loadSecrets, type StateFolder } from './state.ts'
import { withDatabase } from './with-database.ts'

/** Each registered piece, read from its store and checked by its digests before it counts as kept. */
async function copyEvidence(client: pg.Client, store: ObjectStore, folder: string): Promise<Manifest['evidence']> {
  const total = { objects: 0, bytes: 0 }
  for await (const page of pages<KeptObject>(client, everyObject))
    for (const row of page) {
      const path = objectPath({ tenantId: row.tenant_id, sha256: row.sha256 })
      const bytes = await store.get({ tenantId: row.tenant_id, sha256: row.sha256 })
      if (!isPiece(bytes, row)) throw new BackupRefusal('backup.evidence_missing', path)
      const to = join(folder, 'evidence', path)
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      writeFileSync(to, bytes, { mode: 0o600 })
      total.objects += 1
      total.bytes += bytes.length
    }
  return total
}

/** Takes a backup into an empty folder; answers its manifest and the digest to keep elsewhere. @throws BackupRefusal */
export async function takeBackup(state: StateFolder, folder: string): Promise<{ manifest: Manifest; digest: string }> {
  if (!existsSync(state.secretsFile) || !holdsDeployment(state)) throw new BackupRefusal('backup.nothing_here', state.dir)
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new BackupRefusal('backup.folder_in_use', folder)
  for (const part of ['', 'state', 'database', 'evidence']) makeFolder(join(folder, part), 0o700)
  copyState(state, folder)
  const store = evidenceStore(state, loadSecrets(state))
  const { keys }: Pick<Manifest, 'keys'> = JSON.parse(readFileSync(join(folder, 'state', 'signer', 'keys.json'), 'utf8'))
  const found = await withDatabase(state, ({ owner }) =>
    withClient(owner, (client) =>
      transaction(client, 'isolation level repeatable read read only', async () => {
        const migrations = await appliedMigrations(client)
        const tables = await dumpTables(client, folder)
        const sequences = await readSequences(client)
        const chains = await chainsOf(client)
        for (const chain of chains)
          if (!checkHead(chain, keys)) throw new BackupRefusal('backup.ledger_broken', `${chain.chain} #${chain.head?.size}`)
        return { migrations, tables, sequences, chains, evidence: await copyEvidence(client, store, folder) }
      }),
    ),
  )
  const files = []
  for (const path of filesBelow(folder)) files.push(await digestFile(folder, path))
  const at = new Date().toISOString()
  const manifest: Manifest = { v: 1, kind: 'huabiao-backup', id: randomUUID(), at, keys, ...found, files }
  return { manifest, digest: writeManifest(folder, manifest) }
}

export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const [folder, ...rest] = args
  if (!folder || rest.length > 0) throw new Error('into which folder?  huabiao backup <folder>')
  const place = resolve(folder)
  const { manifest, digest } = await takeBackup(state, place)
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  const records = manifest.chains.reduce((sum, chain) => sum + chain.size, 0)
  console.log(`备份完成 / backup taken: ${place}
  ${manifest.tables.length} tables, ${rows} rows; ${manifest.chains.length} chains of the ledger, ${records} records, all verified
  ${manifest.evidence.objects} pieces of evidence, ${manifest.evidence.bytes} bytes, each checked by both digests
  清单 SM3，请另处保存 / SM3 of the manifest, to be kept elsewhere: ${digest}
  注意：${join(place, 'state')} 中有签名私钥与口令（权限 0600，未加密），持有者即可冒充本部署
  mind: ${join(place, 'state')} holds the signing keys and passwords (mode 0600, not encrypted): who has them is this deployment`)
  return 0
}

// What may stand in the way of a restore, found before anything is touched.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from './backup-manifest.ts'
import { BackupRefusal } from './backup-refusal.ts'
import { holdsDeployment } from './backup-state.ts'
import { migrationsInCheckout } from './database.ts'
import { readJson } from './files.ts'
import { recordedChildren, strayChildren } from './orphans.ts'
import { unfinishedFile, unfinishedRestore } from './preflight.ts'
import { type StateFolder, supervisorOf } from './state.ts'

export interface RestoreOrder {
  readonly folder: string
  /** SM3 of the manifest as it was kept elsewhere. */
  readonly digest?: string | undefined
  readonly replace?: boolean | undefined
  readonly discardHistory?: boolean | undefined
}
/** What a restore leaves while it works, so that one that was interrupted is known. */
export interface Unfinished {
  backup: string
  discarded: Record<string, number>
}

/** What the signer in this state folder remembers of each chain: the size it last signed. */
function signedSizes(state: StateFolder): Map<string, number> {
  const path = join(state.of('signer'), 'tree-heads.jsonl')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  return new Map(lines.map((line) => JSON.parse(line) as { chain: string; size: number }).map(({ chain, size }) => [chain, size]))
}

/** Records that were signed here and are not in the backup, by chain. */
function beyondBackup(state: StateFolder, manifest: Manifest): Map<string, number> {
  const kept = new Map(manifest.chains.map(({ chain, size }) => [chain, size]))
  const beyond = [...signedSizes(state)].map(([chain, size]) => [chain, size - (kept.get(chain) ?? 0)] as const)
  return new Map(beyond.filter(([, more]) => more > 0))
}

/** Answers what is given up: records signed here that the backup does not hold, by chain. @throws BackupRefusal */
export function refuseToOverwrite(state: StateFolder, order: RestoreOrder, manifest: Manifest): ReadonlyMap<string, number> {
  const running = supervisorOf(state) !== undefined || recordedChildren(state).length + strayChildren(state).length > 0
  if (running) throw new BackupRefusal('restore.running', state.dir)
  const known = new Set(migrationsInCheckout())
  const newer = manifest.migrations.find((name) => !known.has(name))
  if (newer !== undefined) throw new BackupRefusal('backup.schema_newer', newer)
  // Its own check was passed when it began, and what was given up then is still given up.
  if (unfinishedRestore(state)) return new Map(Object.entries(readJson<Unfinished>(unfinishedFile(state))?.discarded ?? {}))
  if (!holdsDeployment(state)) return new Map()
  if (!order.replace) throw new BackupRefusal('restore.holds_data', state.dir)
  const signer = readJson<Pick<Manifest, 'keys'>>(join(state.of('signer'), 'keys.json'))
  if (signer && !signer.keys.every((key) => manifest.keys.some((one) => one.publicKey === key.publicKey)))
    throw new BackupRefusal('restore.other_deployment', signer.keys.map(({ keyId }) => keyId).join(' '))
  const beyond = beyondBackup(state, manifest)
  const [longer] = beyond
  if (longer && !order.discardHistory) throw new BackupRefusal('restore.history_shorter', `${longer[0]} +${longer[1]}`)
  return beyond
}

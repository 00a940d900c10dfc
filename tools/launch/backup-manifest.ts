// The manifest of a backup: what lies in it, by digest, and how far every chain of the ledger had come. It is written last, so that
// a folder without one is no backup, and read before anything is touched.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { PublicKeyEntry, SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { z } from 'zod'
import { BackupRefusal } from './backup-refusal.ts'
import { writeText } from './files.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Count = z.int().min(0)
const Name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)
/** Relative, and without a step upwards: the path of a file of the backup must never lead out of a folder. */
const FilePath = z
  .string()
  .max(400)
  .regex(/^(state|database|evidence)(\/(?!\.{1,2}(\/|$))[^/\0\\]+)+$/)

export const BackupFile = z.strictObject({ path: FilePath, bytes: Count, mode: Count.max(0o777), sm3: Digest, sha256: Digest })
export type BackupFile = z.infer<typeof BackupFile>

export const ChainProof = z.strictObject({
  /** `<tenant>/<plane>`. */
  chain: z.string().regex(/^[0-9a-f-]{36}\/(platform|tenant)$/),
  size: Count,
  last: Digest,
  /** The newest signed head; null where none was signed yet. */
  head: SignedEnvelope.extend({ size: Count, root: Digest }).nullable(),
})
export type ChainProof = z.infer<typeof ChainProof>

export const TableCount = z.strictObject({ name: Name, columns: z.array(Name).min(1).max(500), rows: Count })
export type TableCount = z.infer<typeof TableCount>

export const Manifest = z.strictObject({
  v: z.literal(1),
  kind: z.literal('huabiao-backup'),
  id: z.uuid(),
  at: z.iso.datetime(),
  /** Of the schema at that time: a restore begins with these, and the next start applies what came since. */
  migrations: z.array(z.string().max(200)).max(10_000),
  keys: z.array(PublicKeyEntry).max(20),
  tables: z.array(TableCount).max(5_000),
  sequences: z.array(z.strictObject({ name: Name, value: z.int() })).max(1_000),
  chains: z.array(ChainProof).max(100_000),
  evidence: z.strictObject({ objects: Count, bytes: Count }),
  files: z.array(BackupFile).max(10_000_000),
})
export type Manifest = z.infer<typeof Manifest>

const manifestMaxBytes = 2 ** 29
const manifestOf = (folder: string) => join(folder, 'manifest.json')
const digestFileOf = (folder: string) => join(folder, 'manifest.sm3')
const sm3Hex = (text: string | Buffer): string => createHash('sm3').update(text).digest('hex')

/** Both digests of a file as it lies on the disk, after it was made to lie there. */
export async function digestFile(folder: string, path: string): Promise<BackupFile> {
  const whole = join(folder, path)
  const file = await open(whole, 'r')
  await file.sync().finally(() => file.close())
  const [sm3, sha256] = [createHash('sm3'), createHash('sha256')]
  for await (const chunk of createReadStream(whole)) {
    sm3.update(chunk)
    sha256.update(chunk)
  }
  const { size, mode } = statSync(whole)
  return { path, bytes: size, mode: mode & 0o777, sm3: sm3.digest('hex'), sha256: sha256.digest('hex') }
}

/** Every file below a folder, by its path from there. What is neither file nor folder is named, for its place is not in a backup. */
export function filesBelow(folder: string, below = folder): string[] {
  return readdirSync(below, { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name)
    return entry.isDirectory() ? filesBelow(folder, path) : [relative(folder, path)]
  })
}

/** Writes the manifest and, beside it, its SM3; answers that digest, which who keeps it elsewhere can hold against the folder. */
export function writeManifest(folder: string, manifest: Manifest): string {
  const text = `${JSON.stringify(manifest)}\n`
  writeText(digestFileOf(folder), `${sm3Hex(text)}\n`)
  writeText(manifestOf(folder), text)
  return sm3Hex(text)
}

function readManifest(folder: string, expected: string | undefined): { manifest: Manifest; digest: string } {
  if (!existsSync(manifestOf(folder)) || !existsSync(digestFileOf(folder))) throw new BackupRefusal('backup.incomplete', folder)
  if (statSync(manifestOf(folder)).size > manifestMaxBytes) throw new BackupRefusal('backup.manifest_invalid', 'size')
  const text = readFileSync(manifestOf(folder))
  const digest = sm3Hex(text)
  if (readFileSync(digestFileOf(folder), 'utf8').trim() !== digest || (expected !== undefined && expected !== digest))
    throw new BackupRefusal('backup.manifest_altered', 'manifest.json')
  const parsed = Manifest.safeParse(jsonOf(text))
  if (!parsed.success)
    throw new BackupRefusal('backup.manifest_invalid', parsed.error.issues[0]?.path.join('.') || 'manifest.json')
  return { manifest: parsed.data, digest }
}

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}

/** The head of a chain is signed by the keys of the backup, and says what the manifest says of it. */
export function checkHead({ chain, head }: ChainProof, keys: readonly PublicKeyEntry[]): boolean {
  if (head === null) return true
  const verdict = verifyEnvelope('tree-head', { payload: head.payload, signatures: head.signatures }, keys)
  if (!verdict.ok) return false
  const signed = verdict.payload as { chain?: unknown; size?: unknown; root?: unknown }
  return signed.chain === chain && signed.size === head.size && signed.root === head.root
}

/**
 * Reads a backup and checks all of it: the manifest, that each file is there and is what it was, that there is no other, and that
 * the heads are signed. Touches nothing. `expected` is the digest of the manifest from somewhere else than the folder.
 * @throws BackupRefusal `backup.*`
 */
export async function checkBackup(folder: string, expected?: string): Promise<{ manifest: Manifest; digest: string }> {
  const { manifest, digest } = readManifest(folder, expected)
  const named = new Set(manifest.files.map(({ path }) => path))
  for (const path of filesBelow(folder))
    if (!named.has(path) && path !== 'manifest.json' && path !== 'manifest.sm3')
      throw new BackupRefusal('backup.file_unknown', path)
  for (const file of manifest.files) {
    const there = lstatSync(join(folder, file.path), { throwIfNoEntry: false })
    if (!there?.isFile()) throw new BackupRefusal('backup.file_missing', file.path)
    const { bytes, sm3, sha256 } = await digestFile(folder, file.path)
    if (bytes !== file.bytes || sm3 !== file.sm3 || sha256 !== file.sha256)
      throw new BackupRefusal('backup.file_altered', file.path)
  }
  for (const proof of manifest.chains)
    if (!checkHead(proof, manifest.keys)) throw new BackupRefusal('backup.head_unsigned', proof.chain)
  return { manifest, digest }
}

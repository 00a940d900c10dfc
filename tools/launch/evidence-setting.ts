// Where a deployment keeps its evidence: a folder of the control plane, or the bucket that HUABIAO_EVIDENCE_URL names.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreFault } from '@huabiao/domains/evidence/evidence.model'
import { type BucketAddress, bucketStore, folderStore, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { z } from 'zod'
import type { Secrets, StateFolder } from './state.ts'

/** The store of a deployment, for commands that read or fill it. */
export const evidenceStore = (state: StateFolder, { evidence }: Secrets): ObjectStore =>
  evidence === undefined ? folderStore(evidenceFolder(state)) : bucketStore(evidence, systemClock)

/** Whether these bytes are the registered piece, by both of its digests. */
export const isPiece = (bytes: Uint8Array | undefined, piece: { sha256: string; sm3: string }): bytes is Uint8Array =>
  bytes !== undefined && toHex(sha256(bytes)) === piece.sha256 && toHex(sm3(bytes)) === piece.sm3

export const evidenceFolder = (state: StateFolder): string => join(state.of('control-plane'), 'evidence')

/** Path-style, and only characters that need no encoding: a key that is signed as it is written. */
const BucketUrl = z
  .url({ protocol: /^https?$/, error: 'must be https://host[:port]/bucket[/prefix]' })
  .max(500)
  .refine((text) => {
    const { username, password, search, hash, pathname } = new URL(text)
    return `${username}${password}${search}${hash}` === '' && /^\/[a-z0-9][a-z0-9.-]{2,62}(\/[A-Za-z0-9._-]+)*\/?$/.test(pathname)
  }, 'must be https://host[:port]/bucket[/prefix], without credentials and without a query')

/** Two lines: the id of the access key, then its secret. A file, so that neither is ever in an argument or a log. */
const KeyFile = z.string().transform((text, context) => {
  const [keyId, secret, ...rest] = text.trimEnd().split(/\r?\n/)
  if (keyId && secret && rest.length === 0) return { keyId: keyId.trim(), secret: secret.trim() }
  context.addIssue('must hold two lines: the id of the access key, and its secret')
  return z.NEVER
})
const Region = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a region')
const Lock = z.enum(['governance', 'compliance']).optional()

function checked<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Error(`${name} ${parsed.error.issues[0]?.message}`)
}
function textOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** The bucket that the environment names; undefined when it names none. Errors name the setting, never a value that is secret. */
export function evidenceFromEnvironment(env: Record<string, string | undefined>): BucketAddress | undefined {
  const url = env.HUABIAO_EVIDENCE_URL
  if (!url) return undefined
  const keyFile = env.HUABIAO_EVIDENCE_KEY_FILE
  if (!keyFile) throw new Error('HUABIAO_EVIDENCE_URL needs HUABIAO_EVIDENCE_KEY_FILE: a file with the access key in two lines')
  const caFile = env.HUABIAO_EVIDENCE_CA_FILE
  const lock = checked('HUABIAO_EVIDENCE_LOCK', Lock, env.HUABIAO_EVIDENCE_LOCK || undefined)
  return {
    url: checked('HUABIAO_EVIDENCE_URL', BucketUrl, url),
    region: checked('HUABIAO_EVIDENCE_REGION', Region, env.HUABIAO_EVIDENCE_REGION || 'us-east-1'),
    ...checked('HUABIAO_EVIDENCE_KEY_FILE', KeyFile, textOf('HUABIAO_EVIDENCE_KEY_FILE', keyFile)),
    ...(caFile ? { ca: textOf('HUABIAO_EVIDENCE_CA_FILE', caFile) } : {}),
    ...(lock === undefined ? {} : { lock }),
  }
}

/** What to do about each fault of a bucket. */
const mends: Readonly<Record<StoreFault['kind'], string>> = {
  unreachable:
    'check the network and HUABIAO_EVIDENCE_URL; until it answers, recordings wait in the bastion, sessions pause and none opens',
  slow: 'look at the storage’s load and its disks: it did not keep a few bytes in time; until it does, sessions pause and none opens',
  full: 'free space or enlarge the disk; until there is room, recordings wait in the bastion, sessions pause and none opens',
  unwritable: 'give the folder to the user who runs huabiao, and free space',
  credentials: 'check HUABIAO_EVIDENCE_KEY_FILE and that the key may read, list and write the bucket; then down and up with it',
  clock: 'set this machine’s clock (NTP): storage refuses requests that are 15 minutes off',
  bucket: 'make the bucket, or correct HUABIAO_EVIDENCE_URL; then down and up with it',
  refused: 'look into the storage’s log for this refusal; HUABIAO_EVIDENCE_REGION and HUABIAO_EVIDENCE_LOCK must suit the bucket',
}

export interface EvidenceFinding {
  readonly where: string
  readonly fault: StoreFault | undefined
  readonly mend: string
}

/** Asks the bucket; a deployment without one keeps its evidence in a folder, whose disk is looked at anyway. */
export async function checkEvidence(secrets: Secrets): Promise<EvidenceFinding | undefined> {
  if (secrets.evidence === undefined) return undefined
  const fault = await bucketStore(secrets.evidence, systemClock).fault()
  return { where: secrets.evidence.url, fault, mend: fault === undefined ? '' : mends[fault.kind] }
}

/** Evidence that lies in the folder would not be found in a bucket. Both name objects alike, so copying them is the whole move. */
export function refuseToLeaveEvidence(state: StateFolder, before: Secrets, now: BucketAddress | undefined): void {
  if (now === undefined || before.evidence !== undefined) return
  const folder = evidenceFolder(state)
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  throw new Error(
    `this deployment keeps evidence in ${folder}: copy what lies in it to ${now.url} under the same names, move the folder away, then start again`,
  )
}

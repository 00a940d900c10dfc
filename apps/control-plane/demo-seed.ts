import { createHash, randomBytes, randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { insertBinding } from '@huabiao/domains/access/access.fixtures'
import { closeForEver } from '@huabiao/domains/access/access.module'
import { insertTarget } from '@huabiao/domains/cmdb/cmdb.fixtures'
import { hashPassword, seedAccount } from '@huabiao/domains/identity/identity.fixtures'
import { insertSystem } from '@huabiao/domains/infosystem/infosystem.fixtures'
import { insertOrganization, insertPerson } from '@huabiao/domains/organization/organization.fixtures'
import type { Clock } from '@huabiao/kit/clock/clock'
import { lineFingerprint } from '@huabiao/kit/crypto/fingerprint'
import { toBase32 } from '@huabiao/kit/crypto/totp'
import { type Database, enterTenant, type Tx } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { sql } from 'kysely'
import { z } from 'zod'
import { demoCity, demoProvider, demoSystems } from './demo-city.ts'

export interface DemoSeed {
  readonly db: Database
  readonly clock: Clock
  readonly secretKey: Uint8Array
  readonly targetsFile: string
  readonly credentialsFile: string
}
export const DemoTargets = z.array(
  z.object({
    name: z.string(),
    host: z.string(),
    port: z.number().int(),
    hostPublicKey: z.string(),
    accounts: z.array(z.object({ name: z.string(), login: z.string(), privileged: z.boolean().default(false) })),
  }),
)
export interface DemoCredential {
  readonly login: string
  readonly name: string
  readonly unit: string
  readonly roles: readonly string[]
  readonly password: string
  readonly totpSecret: string
}

const letters = 'abcdefghjkmnpqrstuvwxyz'
const digits = '23456789'
const pick = (from: string, count: number): string => Array.from({ length: count }, () => from[randomInt(from.length)]).join('')
/** Random, and typable: three groups, every class that the policy asks for. */
const newPassword = (): string => `${pick(letters, 5)}-${pick(letters.toUpperCase(), 4)}-${pick(digits, 4)}`

/** Fills an empty database with the demo city, in one transaction; does nothing where units exist. */
export async function seedDemoCity(seed: DemoSeed): Promise<void> {
  const { db, clock } = seed
  const filled = await db.read(
    { kind: 'nobody' },
    async (tx) => (await sql`select 1 from pub_tenant_name limit 1`.execute(tx)).rows.length > 0,
  )
  if (filled) return
  const secrets = new Map<string, { password: string; hash: string; totp: Uint8Array }>()
  for (const { login } of demoCity.flatMap((unit) => unit.people)) {
    const password = newPassword()
    secrets.set(login, { password, hash: await hashPassword(password), totp: new Uint8Array(randomBytes(20)) })
  }
  const targets = DemoTargets.parse(JSON.parse(readFileSync(seed.targetsFile, 'utf8')))
  // Written before the commit: a crash in between leaves credentials of nobody, not people without credentials.
  writeFileSync(seed.credentialsFile, JSON.stringify({ accounts: credentials(secrets) }, null, 2), { mode: 0o600 })
  await db.transact({ kind: 'nobody' }, async (tx) => {
    const at = clock.now()
    const unitIds = new Map<string, string>()
    const personIds = new Map<string, string>()
    for (const unit of demoCity) {
      const tenantId = newId(at.getTime())
      unitIds.set(unit.code, tenantId)
      await enterTenant(tx, tenantId)
      const { code, party, nameZh, nameEn } = unit
      await insertOrganization(tx, {
        id: tenantId,
        tenantId,
        parentId: null,
        kind: 'unit',
        party,
        code,
        nameZh,
        nameEn,
        status: 'active',
        version: 1,
        createdAt: at,
      })
      for (const who of unit.people)
        personIds.set(who.login, await seedPerson(tx, seed, { tenantId, who, secret: secrets.get(who.login)!, at }))
    }
    await seedSystems(tx, { targets, unitIds, personIds })
    await closeForEver(tx, at)
  })
}

async function seedPerson(
  tx: Tx,
  seed: DemoSeed,
  of: {
    tenantId: string
    who: (typeof demoCity)[number]['people'][number]
    secret: { hash: string; totp: Uint8Array }
    at: Date
  },
): Promise<string> {
  const { tenantId, who, secret, at } = of
  const personId = newId(at.getTime())
  await insertPerson(tx, {
    id: personId,
    tenantId,
    departmentId: null,
    name: who.name,
    nameEn: who.nameEn,
    identityDigest: createHash('sha256').update(`demo ${who.login} ${personId}`).digest('hex'),
    phone: null,
    email: null,
    trainingValidUntil: new Date(at.getTime() + 300 * 86_400_000).toISOString().slice(0, 10),
    trainingCertificate: null,
    createdAt: at,
  })
  await seedAccount(tx, {
    tenantId,
    personId,
    login: who.login,
    passwordHash: secret.hash,
    totpSecret: secret.totp,
    secretKey: seed.secretKey,
    at,
  })
  for (const entry of who.roles) {
    const [role, duty] = typeof entry === 'string' ? [entry, null] : entry
    const notAfter = new Date(at.getTime() + 300 * 86_400_000)
    await insertBinding(tx, {
      id: newId(at.getTime()),
      tenantId,
      personId,
      role,
      duty,
      notBefore: at,
      notAfter,
      grantedBy: null,
      requestId: null,
    })
  }
  return personId
}

async function seedSystems(
  tx: Tx,
  of: { targets: z.infer<typeof DemoTargets>; unitIds: ReadonlyMap<string, string>; personIds: ReadonlyMap<string, string> },
): Promise<void> {
  const provider = of.unitIds.get(demoProvider)!
  for (const system of demoSystems) {
    const owner = of.unitIds.get(system.owner)!
    const systemId = newId()
    await enterTenant(tx, owner)
    const { code, name, mlpsLevel, zone } = system
    await insertSystem(tx, {
      id: systemId,
      tenantId: owner,
      partyIds: [provider],
      code,
      name,
      mlpsLevel,
      zone,
      contactPersonId: of.personIds.get(system.contact)!,
    })
    await enterTenant(tx, provider)
    for (const target of of.targets.filter((candidate) => candidate.name.startsWith(system.targets)))
      await insertTarget(tx, {
        id: newId(),
        tenantId: provider,
        partyIds: [owner],
        plane: 'platform',
        name: target.name,
        host: target.host,
        port: target.port,
        hostKeySha256: lineFingerprint(target.hostPublicKey),
        systemId,
        tier: system.tier,
        environment: 'production',
        accounts: target.accounts,
      })
  }
}

const credentials = (secrets: ReadonlyMap<string, { password: string; totp: Uint8Array }>): DemoCredential[] =>
  demoCity.flatMap((unit) =>
    unit.people.map((who) => ({
      login: who.login,
      name: who.name,
      unit: unit.nameZh,
      roles: who.roles.map((entry) => (typeof entry === 'string' ? entry : entry[0])),
      password: secrets.get(who.login)!.password,
      totpSecret: toBase32(secrets.get(who.login)!.totp),
    })),
  )

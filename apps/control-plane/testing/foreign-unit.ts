import { insertBinding } from '@huabiao/domains/access/access.fixtures'
import { type RoleCode, roleCodes, roles } from '@huabiao/domains/access/access.model'
import { hashPassword, seedAccount } from '@huabiao/domains/identity/identity.fixtures'
import { insertOrganization, insertPerson } from '@huabiao/domains/organization/organization.fixtures'
import type { Party } from '@huabiao/kit/actor/actor'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import type { Harness } from './harness.ts'

/** A unit with nothing but people, one for every role its party may have. Answers their logins by role. */
export async function foundForeignUnit(
  h: Harness,
  party: Party,
  code: string,
): Promise<{ tenantId: string; logins: Map<RoleCode, string> }> {
  const at = new Date()
  const tenantId = newId()
  const logins = new Map<RoleCode, string>()
  const passwordHash = await hashPassword('not-used-Here-5')
  // As while a deployment is founded: nobody is there yet who could approve a request (RL-28).
  const owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  const { rows: closed } = await owner.query('delete from ceremony_closed returning at')
  await h.composed.ports.db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    const names = { code, nameZh: `外单位 ${code}`, nameEn: `Foreign ${code}` }
    await insertOrganization(tx, {
      id: tenantId,
      tenantId,
      parentId: null,
      kind: 'unit',
      party,
      status: 'active',
      version: 1,
      createdAt: at,
      ...names,
    })
    for (const role of roleCodes.filter((candidate) => roles[candidate].parties.includes(party))) {
      const personId = newId()
      const login = `${code}.${role.toLowerCase()}`
      const training = {
        trainingValidUntil: new Date(at.getTime() + 86_400_000 * 100).toISOString().slice(0, 10),
        trainingCertificate: null,
      }
      const person = {
        id: personId,
        tenantId,
        departmentId: null,
        name: `外 ${role}`,
        nameEn: `Foreign ${role}`,
        phone: null,
        email: null,
      }
      await insertPerson(tx, {
        ...person,
        ...training,
        identityDigest: personId.replaceAll('-', '').padEnd(64, '0'),
        createdAt: at,
      })
      await seedAccount(tx, {
        tenantId,
        personId,
        login,
        passwordHash,
        totpSecret: new Uint8Array(20),
        secretKey: new Uint8Array(32).fill(7),
        at,
      })
      const notAfter = new Date(at.getTime() + 86_400_000 * 100)
      await insertBinding(tx, {
        id: newId(),
        tenantId,
        personId,
        role,
        duty: null,
        notBefore: at,
        notAfter,
        grantedBy: null,
        requestId: null,
      })
      logins.set(role, login)
    }
  })
  for (const { at: since } of closed) await owner.query('insert into ceremony_closed (at) values ($1)', [since])
  await owner.end()
  return { tenantId, logins }
}

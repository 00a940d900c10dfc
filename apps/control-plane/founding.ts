import { ceremonyRoutes } from '@huabiao/domains/access/access.module'
import { hashPassword, seedAccount } from '@huabiao/domains/identity/identity.fixtures'
import { passwordRefusal } from '@huabiao/domains/identity/identity-password.model'
import { insertOrganization, insertPerson } from '@huabiao/domains/organization/organization.fixtures'
import { isIdentityNumber } from '@huabiao/domains/organization/organization.model'
import { identityDigest } from '@huabiao/domains/organization/organization.module'
import type { Clock } from '@huabiao/kit/clock/clock'
import { sealer } from '@huabiao/kit/crypto/seal'
import type { Route } from '@huabiao/kit/http/route'

/** The first-run ceremony, wired: three persons found a deployment, once. */
export const founding = (of: {
  readonly clock: Clock
  readonly token: string | undefined
  readonly secretKey: Uint8Array
}): Route[] =>
  ceremonyRoutes({
    clock: of.clock,
    token: of.token,
    seal: sealer(of.secretKey, 'ceremony'),
    isIdentityNumber,
    digestIdentity: identityDigest(of.secretKey),
    passwordRefusal,
    hashPassword,
    addManagementUnit: (tx, { at, ...unit }) =>
      insertOrganization(tx, {
        ...unit,
        tenantId: unit.id,
        parentId: null,
        kind: 'unit',
        party: 'management-unit',
        status: 'active',
        version: 1,
        createdAt: at,
      }),
    addPerson: (tx, { at, ...person }) =>
      insertPerson(tx, {
        ...person,
        departmentId: null,
        phone: null,
        email: null,
        trainingValidUntil: null,
        trainingCertificate: null,
        createdAt: at,
      }),
    addAccount: (tx, account) => seedAccount(tx, { ...account, secretKey: of.secretKey }),
  })

import { X509Certificate } from 'node:crypto'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { InputOf } from '@huabiao/kit/contract/contract'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { IdentityKit } from './identity.ports.ts'
import { findByCertificate, findHolder, type Holder } from './identity.store.ts'
import type * as contract from './identity-account.contract.ts'
import {
  decideTerminal,
  findTerminalItem,
  insertCertificate,
  insertTerminal,
  listCertificates,
  listTerminals,
  networkOf,
  revokeCertificate,
} from './identity-factor.store.ts'
import { keysPerAccount, toTerminalView } from './identity-self.service.ts'
import { isUsableNetwork } from './identity-session.service.ts'

/** Registered terminals (RL-20) and client certificates: what an administrator ties to people's accounts. */
export const terminalService = (kit: IdentityKit) => {
  const decide = async (tx: Tx, actor: PersonActor, id: string, status: 'approved' | 'revoked') => {
    const terminal = await findTerminalItem(tx, id)
    if (!terminal || terminal.tenant_id !== actor.tenantId) throw notFound('terminal')
    if (status === 'approved' && terminal.requested_by === actor.personId) throw new Refusal('identity.own_terminal')
    await decideTerminal(tx, id, { status, decided_by: actor.personId, decided_at: kit.clock.now() })
    const event = { type: `terminal.${status}`, object: `terminal/${id}`, name: terminal.name }
    return { view: toTerminalView((await findTerminalItem(tx, id))!), events: [event] }
  }
  const account = async (tx: ReadTx, id: string): Promise<Holder> => {
    const holder = await findHolder(tx, id)
    if (!holder) throw notFound('account')
    return holder
  }
  const toView = (row: Awaited<ReturnType<typeof listCertificates>>[number]) => ({
    id: row.id,
    accountId: row.account_id,
    subject: row.subject,
    fingerprint: row.fingerprint,
    notAfter: row.not_after.toISOString(),
    createdAt: row.created_at.toISOString(),
  })
  return {
    list: async (tx: ReadTx, { query }: InputOf<typeof contract.listTerminals>) => {
      const rows = await listTerminals(tx, query)
      return {
        view: { items: rows.map((row) => toTerminalView(row)), next: rows.length === query.limit ? rows.at(-1)!.id : null },
      }
    },
    addNetwork: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof contract.addTerminalNetwork>) => {
      if (!isUsableNetwork(body.cidr)) throw new Refusal('identity.terminal_invalid')
      const at = kit.clock.now()
      const id = newId(at.getTime())
      const by = actor.personId
      const cidr = await networkOf(tx, body.cidr)
      await insertTerminal(tx, {
        id,
        tenant_id: actor.tenantId,
        person_id: null,
        name: body.name,
        kind: 'network',
        token_sha256: null,
        cidr,
        status: 'approved',
        requested_by: by,
        requested_at: at,
        decided_by: by,
        decided_at: at,
      })
      const event = { type: 'terminal.approved', object: `terminal/${id}`, name: body.name, cidr }
      return { view: toTerminalView((await findTerminalItem(tx, id))!), events: [event] }
    },
    approve: (tx: Tx, actor: PersonActor, id: string) => decide(tx, actor, id, 'approved'),
    revoke: (tx: Tx, actor: PersonActor, id: string) => decide(tx, actor, id, 'revoked'),
    certificates: async (tx: ReadTx, id: string) => {
      await account(tx, id)
      return { view: { items: (await listCertificates(tx, id)).map(toView) } }
    },
    bind: async (tx: Tx, actor: PersonActor, { params, body }: InputOf<typeof contract.bindCertificate>) => {
      const holder = await account(tx, params.accountId)
      if (holder.tenantId !== actor.tenantId) throw new Refusal('identity.not_yours')
      if (holder.personId === actor.personId) throw new Refusal('identity.own_account')
      const x509 = read(body.certificate)
      const at = kit.clock.now()
      if (!x509 || new Date(x509.validTo) <= at) throw new Refusal('identity.certificate_invalid')
      if ((await listCertificates(tx, holder.id)).length >= keysPerAccount) throw new Refusal('identity.too_many_keys')
      const id = newId(at.getTime())
      const fingerprint = x509.fingerprint256.replaceAll(':', '').toLowerCase()
      if ((await findByCertificate(tx, fingerprint))?.revoked_at) throw new Refusal('identity.certificate_revoked')
      const subject = x509.subject.replaceAll('\n', ', ').slice(0, 500)
      try {
        await insertCertificate(tx, {
          id,
          tenant_id: holder.tenantId,
          account_id: holder.id,
          fingerprint,
          subject,
          not_after: new Date(x509.validTo),
          created_at: at,
          created_by: actor.personId,
        })
      } catch (error) {
        if (sqlState(error) === '23505') throw new Refusal('identity.key_taken', {}, error)
        throw error
      }
      const view = toView((await listCertificates(tx, holder.id)).find((row) => row.id === id)!)
      return { view, events: [{ type: 'certificate.bound', object: `account/${holder.id}`, fingerprint, subject }] }
    },
    unbind: async (tx: Tx, actor: PersonActor, { params }: InputOf<typeof contract.revokeCertificate>) => {
      const holder = await account(tx, params.accountId)
      if (holder.tenantId !== actor.tenantId) throw new Refusal('identity.not_yours')
      const of = { accountId: holder.id, id: params.credentialId, by: actor.personId, at: kit.clock.now() }
      const fingerprint = await revokeCertificate(tx, of)
      if (!fingerprint) throw notFound('credential')
      return { view: {}, events: [{ type: 'certificate.unbound', object: `account/${holder.id}`, fingerprint }] }
    },
  }
}
function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

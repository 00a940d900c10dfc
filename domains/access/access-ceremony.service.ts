import { createHash, timingSafeEqual } from 'node:crypto'
import { matchTotp, newTotpSecret, toBase32, totpUri } from '@huabiao/kit/crypto/totp'
import { enterTenant, type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalCode, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { sql } from 'kysely'
import { grantMaxDays } from './access.model.ts'
import type { CeremonyDeps } from './access.ports.ts'
import { insertBinding } from './access.store.ts'
import * as contract from './access-ceremony.contract.ts'

interface SeatRow {
  seat: 'PAD' | 'SEC' | 'AUD'
  name: string
  nameEn: string
  identityDigest: string
  login: string
  passwordHash: string
  totpSecret: Buffer
  confirmedAt: Date | null
}
const listSeats = async (tx: ReadTx): Promise<SeatRow[]> =>
  (
    await sql<SeatRow>`select seat, name, name_en as "nameEn", identity_digest as "identityDigest", login, password_hash as "passwordHash", totp_secret as "totpSecret", confirmed_at as "confirmedAt" from ceremony_seat`.execute(
      tx,
    )
  ).rows
const isOpen = async (tx: ReadTx): Promise<boolean> =>
  (await sql<{ open: boolean }>`select ceremony_is_open() as open`.execute(tx)).rows[0]?.open === true

/** The first run is over: from here on grants need their chain (RL-28). Two who close at once meet on this row. */
export const closeForEver = async (tx: Tx, at: Date): Promise<void> => {
  await sql`insert into ceremony_closed (at) values (${at})`.execute(tx)
}

/** The first-run ceremony (S10): three persons, none alone, and never again. */
export function ceremonyRoutes(deps: CeremonyDeps): Route[] {
  const { clock } = deps
  const sha = (text: string): Buffer => createHash('sha256').update(text).digest()
  const tokenRefusal = (token: string): RefusalCode | undefined =>
    deps.token !== undefined && timingSafeEqual(sha(token), sha(deps.token)) ? undefined : 'access.ceremony_token'
  const state = async (tx: ReadTx) => {
    const rows = await listSeats(tx)
    return {
      open: await isOpen(tx),
      seats: contract.seats.map((seat) => {
        const row = rows.find((candidate) => candidate.seat === seat)
        return { seat, name: row?.name ?? null, confirmed: row?.confirmedAt != null }
      }),
    }
  }
  const admit = async (tx: ReadTx, token: string): Promise<void> => {
    if (!(await isOpen(tx))) throw new Refusal('access.ceremony_closed')
    refuseIf(tokenRefusal(token))
  }
  return [
    look(contract.getCeremony, async (tx) => ({ view: await state(tx) })),
    handleStaged(contract.takeSeat, async (stages, { body }) => {
      await stages.read((tx) => admit(tx, body.token))
      if (!deps.isIdentityNumber(body.identityNumber)) throw new Refusal('person.identity_invalid')
      refuseIf(deps.passwordRefusal(body.password, body))
      const hash = await deps.hashPassword(body.password)
      const secret = newTotpSecret()
      const { seat, name, nameEn, login } = body
      await stages.transact(async (tx) => {
        try {
          await sql`insert into ceremony_seat (seat, name, name_en, identity_digest, login, password_hash, totp_secret)
            values (${seat}, ${name}, ${nameEn}, ${deps.digestIdentity(body.identityNumber)}, ${login}, ${hash}, ${deps.seal.seal(secret, `ceremony ${seat}`)})`.execute(
            tx,
          )
        } catch (error) {
          if (sqlState(error) !== '23505') throw error
          const constraint = (error as { constraint?: string }).constraint ?? ''
          throw new Refusal(constraint.endsWith('pkey') ? 'access.seat_taken' : 'access.seat_same_person', {}, error)
        }
        return { view: undefined, events: [{ type: 'ceremony.seat_taken', object: `ceremony/${seat}`, name }] }
      })
      return { view: { secret: toBase32(secret), uri: totpUri(secret, '华表 Huabiao', login) }, unchanged: true }
    }),
    handle(contract.confirmSeat, async (tx, _visitor, { body }) => {
      await admit(tx, body.token)
      const row = (await listSeats(tx)).find((candidate) => candidate.seat === body.seat)
      if (!row) throw new Refusal('access.seat_empty')
      if (matchTotp(deps.seal.open(row.totpSecret, `ceremony ${row.seat}`), body.code, clock.now()) === undefined)
        throw new Refusal('access.seat_code_wrong')
      await sql`update ceremony_seat set confirmed_at = ${clock.now()} where seat = ${body.seat}`.execute(tx)
      return { view: await state(tx), events: [{ type: 'ceremony.seat_confirmed', object: `ceremony/${body.seat}` }] }
    }),
    handle(contract.closeCeremony, async (tx, _visitor, { body }) => {
      await admit(tx, body.token)
      const rows = await listSeats(tx)
      if (rows.length !== contract.seats.length || rows.some((row) => row.confirmedAt === null))
        throw new Refusal('access.seat_empty')
      const at = clock.now()
      const tenantId = newId(at.getTime())
      // First, so that two who finish at once meet here.
      await closeForEver(tx, at)
      await enterTenant(tx, tenantId)
      await makeUnit(tx, deps, { tenantId, at, rows, unit: body })
      await sql`delete from ceremony_seat`.execute(tx)
      const people = rows.map((row) => ({ seat: row.seat, name: row.name, login: row.login }))
      return {
        view: { open: false, seats: rows.map((row) => ({ seat: row.seat, name: row.name, confirmed: true })) },
        events: [{ type: 'ceremony.closed', object: 'ceremony', tenantId, people }],
      }
    }),
  ]
}

async function makeUnit(
  tx: Tx,
  deps: CeremonyDeps,
  of: { tenantId: string; at: Date; rows: readonly SeatRow[]; unit: { code: string; nameZh: string; nameEn: string } },
): Promise<void> {
  const { tenantId, at } = of
  await deps.addManagementUnit(tx, { id: tenantId, ...of.unit, at })
  for (const row of of.rows) {
    const personId = newId(at.getTime())
    const { name, nameEn, identityDigest, login, passwordHash } = row
    await deps.addPerson(tx, { id: personId, tenantId, name, nameEn, identityDigest, at })
    await deps.addAccount(tx, {
      tenantId,
      personId,
      login,
      passwordHash,
      totpSecret: deps.seal.open(row.totpSecret, `ceremony ${row.seat}`),
      at,
    })
    const notAfter = new Date(at.getTime() + grantMaxDays * 86_400_000)
    await insertBinding(tx, {
      id: newId(at.getTime()),
      tenantId,
      personId,
      role: row.seat,
      duty: null,
      notBefore: at,
      notAfter,
      grantedBy: null,
      requestId: null,
    })
  }
}

import { createHmac } from 'node:crypto'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { enterTenant, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type * as contract from './organization.contract.ts'
import { isIdentityNumber, unitRefusal, writeRefusal } from './organization.model.ts'
import type { OrganizationDeps } from './organization.ports.ts'
import {
  findOrganization,
  findPersonRow,
  insertOrganization,
  insertPerson,
  type OrganizationRow,
  type PersonRow,
  setTraining,
  updateOrganization,
  updatePerson,
} from './organization.store.ts'

/** Writing into the tree of parties and people. Everybody writes at home; the management unit also where a unit is being taken in. */
export const organizationService = (deps: OrganizationDeps) => {
  /** The unit, if the actor may write into it; the transaction goes on in it. */
  const unitFor = async (tx: Tx, actor: PersonActor, tenantId: string): Promise<OrganizationRow> => {
    const unit = await findOrganization(tx, tenantId)
    if (!unit) throw notFound('organization')
    refuseIf(writeRefusal(actor, { tenantId: unit.tenantId, status: unit.status }))
    await enterTenant(tx, unit.tenantId)
    return unit
  }
  const personFor = async (tx: Tx, actor: PersonActor, id: string): Promise<PersonRow> => {
    const person = await findPersonRow(tx, id)
    if (!person) throw notFound('person')
    await unitFor(tx, actor, person.tenantId)
    if (person.status === 'left') throw new Refusal('person.has_left')
    return person
  }

  return {
    create: async (
      tx: Tx,
      actor: PersonActor,
      { body }: InputOf<typeof contract.createOrganization>,
    ): Promise<{ id: string; events: DomainEvent[] }> => {
      const id = newId(deps.clock.now().getTime())
      const { code, nameZh, nameEn } = body
      const common = { id, code, nameZh, nameEn, version: 1, createdAt: deps.clock.now() }
      if (body.kind === 'unit') {
        refuseIf(unitRefusal(actor, body.party))
        await enterTenant(tx, id)
        await taken(
          insertOrganization(tx, {
            ...common,
            tenantId: id,
            parentId: null,
            kind: 'unit',
            party: body.party,
            status: 'onboarding',
          }),
        )
        return {
          id,
          events: [{ type: 'organization.created', object: `organization/${id}`, tenantId: id, code, party: body.party }],
        }
      }
      const parent = await findOrganization(tx, body.parentId)
      if (!parent) throw notFound('organization')
      const unit = await unitFor(tx, actor, parent.tenantId)
      await taken(
        insertOrganization(tx, {
          ...common,
          tenantId: unit.id,
          parentId: parent.id,
          kind: 'department',
          party: unit.party,
          status: 'active',
        }),
      )
      return {
        id,
        events: [{ type: 'organization.created', object: `organization/${id}`, tenantId: unit.id, code, parentId: parent.id }],
      }
    },
    update: async (
      tx: Tx,
      actor: PersonActor,
      { params, body, ifMatch }: InputOf<typeof contract.updateOrganization>,
    ): Promise<DomainEvent[]> => {
      const row = await findOrganization(tx, params.organizationId)
      if (!row) throw notFound('organization')
      // Taking a unit in and closing it are the management unit's; its names are its own.
      if (body.status !== undefined && actor.party !== 'management-unit') throw new Refusal('organization.not_yours')
      if (body.status === undefined) await unitFor(tx, actor, row.tenantId)
      else await enterTenant(tx, row.tenantId)
      if (ifMatch !== row.version || !(await updateOrganization(tx, row, body)))
        throw new Refusal('request.stale', { version: row.version })
      return [{ type: 'organization.updated', object: `organization/${row.id}`, tenantId: row.tenantId, ...body }]
    },
    register: async (
      tx: Tx,
      actor: PersonActor,
      { body }: InputOf<typeof contract.createPerson>,
    ): Promise<{ id: string; events: DomainEvent[] }> => {
      if (!isIdentityNumber(body.identityNumber)) throw new Refusal('person.identity_invalid')
      const unit = await unitFor(tx, actor, body.tenantId ?? actor.tenantId)
      const id = newId(deps.clock.now().getTime())
      const { name, nameEn } = body
      try {
        await insertPerson(tx, {
          id,
          tenantId: unit.id,
          departmentId: body.departmentId ?? null,
          name,
          nameEn,
          identityDigest: deps.digestIdentity(body.identityNumber),
          phone: body.phone ?? null,
          email: body.email ?? null,
          trainingValidUntil: null,
          trainingCertificate: null,
          createdAt: deps.clock.now(),
        })
      } catch (error) {
        // Known already, perhaps elsewhere: one natural person is one row in the whole deployment (RL-23).
        if (sqlState(error) === '23505') throw new Refusal('person.exists', {}, error)
        throw error
      }
      return { id, events: [{ type: 'person.registered', object: `person/${id}`, tenantId: unit.id, name }] }
    },
    change: async (
      tx: Tx,
      actor: PersonActor,
      { params, body, ifMatch }: InputOf<typeof contract.updatePerson>,
    ): Promise<DomainEvent[]> => {
      const person = await personFor(tx, actor, params.personId)
      if (body.status === 'left' && (await deps.openItems(tx, person.id)) > 0) throw new Refusal('person.has_open_items')
      if (ifMatch !== person.version || !(await updatePerson(tx, person, body, deps.clock.now())))
        throw new Refusal('request.stale', { version: person.version })
      return [{ type: 'person.updated', object: `person/${person.id}`, tenantId: person.tenantId, changed: Object.keys(body) }]
    },
    train: async (
      tx: Tx,
      actor: PersonActor,
      { params, body }: InputOf<typeof contract.recordTraining>,
    ): Promise<DomainEvent[]> => {
      if (actor.personId === params.personId) throw new Refusal('person.own_training')
      const person = await personFor(tx, actor, params.personId)
      if (body.validUntil < beijingDay(deps.clock.now())) throw new Refusal('person.training_in_past')
      await setTraining(tx, person.id, body.validUntil, body.certificate)
      return [
        {
          type: 'person.trained',
          object: `person/${person.id}`,
          tenantId: person.tenantId,
          validUntil: body.validUntil,
          certificate: body.certificate,
        },
      ]
    },
  }
}
const taken = async (insert: Promise<void>): Promise<void> => {
  try {
    await insert
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('organization.code_taken', {}, error)
    throw error
  }
}
/** Recognises a person who is known already, and gives nothing away: HMAC-SHA-256 under the deployment's key. */
export const identityDigest =
  (secretKey: Uint8Array) =>
  (identityNumber: string): string =>
    createHmac('sha256', secretKey).update(`identity ${identityNumber}`).digest('hex')

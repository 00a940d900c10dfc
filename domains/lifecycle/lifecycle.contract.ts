import { Count, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { departureKinds, departureStates } from './lifecycle.model.ts'
import { heldKinds, ways } from './lifecycle-handover.model.ts'

/** Events: departure.proposed, departure.declared, departure.offered, departure.settled, departure.thing_added, departure.cut, departure.completed, departure.cancelled. */

const Day = z.iso.date()
const Person = z.object({ id: Uuid, name: Label })
const DepartureItem = z.object({
  id: Uuid,
  tenantId: Uuid,
  person: Person,
  kind: z.enum(departureKinds),
  state: z.enum(departureStates),
  lastDay: Day,
  /** When access ends, whatever is open then. */
  goneAt: Instant,
  reason: Label,
  source: Label,
  toDepartment: Label.nullable(),
  toPost: Label.nullable(),
  declaredBy: Label.nullable(),
  declaredAt: Instant,
  cutAt: Instant.nullable(),
  completedBy: Label.nullable(),
  completedAt: Instant.nullable(),
  cancelReason: Label.nullable(),
  /** Something of it is offered to the caller, who has not said yes yet. */
  offeredToMe: z.boolean(),
  version: Count,
})
export type DepartureItem = z.infer<typeof DepartureItem>
export const HandoverItem = z.object({
  key: Label,
  kind: z.enum(heldKinds),
  way: z.enum(ways),
  state: z.enum(['open', 'offered', 'settled', 'ends']),
  id: Uuid,
  label: Label,
  detail: Label,
  others: Count,
  successor: Person.nullable(),
  settledBy: Label.nullable(),
  settledAt: Instant.nullable(),
  note: Label.nullable(),
  /** Why the caller may not; null when they may. */
  offerRefusal: Label.nullable(),
  settleRefusal: Label.nullable(),
})
export type HandoverItem = z.infer<typeof HandoverItem>
export const DepartureView = DepartureItem.extend({
  items: z.array(HandoverItem).max(3000),
  open: Count,
  confirmRefusal: Label.nullable(),
  cancelRefusal: Label.nullable(),
  completeRefusal: Label.nullable(),
})
export type DepartureView = z.infer<typeof DepartureView>

/** Administrators, security, audit and oversight see the unit's; everybody else their own, and those in which they take something over. */
export const listDepartures = endpoint({
  name: 'listDepartures',
  method: 'GET',
  path: '/api/v1/departures',
  permission: 'lifecycle:read',
  summary: '离岗与转岗 / Leavers and movers',
  query: PageQuery.extend({ show: z.enum(['open', 'all']).default('open') }),
  response: pageOf(DepartureItem),
})
const params = z.object({ departureId: Uuid })
const resource = 'departure/:departureId'
export const getDeparture = endpoint({
  name: 'getDeparture',
  method: 'GET',
  path: '/api/v1/departures/:departureId',
  permission: 'lifecycle:read',
  resource,
  summary: '移交清单 / Handover list',
  params,
  response: DepartureView,
  refusals: ['lifecycle.not_found'],
})
/** The unit's administrator tells it; telling one's own only takes rights away. From now on nobody plans with them past the last day (G-QUAL). */
export const declareDeparture = endpoint({
  name: 'declareDeparture',
  method: 'POST',
  path: '/api/v1/departures',
  permission: 'lifecycle:manage',
  summary: '登记离岗或转岗 / Declare a departure',
  danger: 3,
  body: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('leave'), personId: Uuid, lastDay: Day, reason: ShortNote }),
    z.object({
      kind: z.literal('transfer'),
      personId: Uuid,
      lastDay: Day,
      reason: ShortNote,
      toDepartmentId: Uuid.nullable(),
      toPost: Name,
    }),
  ]),
  response: DepartureView,
  refusals: [
    'lifecycle.person_not_found',
    'lifecycle.already_leaving',
    'lifecycle.day_past',
    'lifecycle.day_far',
    'lifecycle.department_invalid',
  ],
})
const stepRefusals = [
  'lifecycle.not_found',
  'lifecycle.not_administrator',
  'lifecycle.own_departure',
  'lifecycle.wrong_state',
  'request.stale',
] as const
/** The word of the administrator on what a directory proposed. */
export const confirmDeparture = endpoint({
  name: 'confirmDeparture',
  method: 'POST',
  path: '/api/v1/departures/:departureId/confirm',
  permission: 'lifecycle:manage',
  resource,
  summary: '确认上游提出的离岗 / Confirm a proposed departure',
  danger: 3,
  params,
  response: DepartureView,
  refusals: [...stepRefusals],
})
export const cancelDeparture = endpoint({
  name: 'cancelDeparture',
  method: 'POST',
  path: '/api/v1/departures/:departureId/cancel',
  permission: 'lifecycle:manage',
  resource,
  summary: '撤销离岗登记 / Cancel a departure',
  danger: 3,
  params,
  body: z.object({ reason: ShortNote }),
  response: DepartureView,
  refusals: [...stepRefusals],
})
/** Names who takes it over; they say so themselves. Items whose way out is another act keep the name as a reminder. */
export const offerItem = endpoint({
  name: 'offerHandoverItem',
  method: 'POST',
  path: '/api/v1/departures/:departureId/offers',
  permission: 'lifecycle:read',
  resource,
  summary: '指定接收人 / Name a successor',
  params,
  body: z.object({ items: z.array(z.string().min(3).max(120)).min(1).max(200), successorId: Uuid }),
  response: DepartureView,
  refusals: [
    'lifecycle.not_found',
    'lifecycle.wrong_state',
    'lifecycle.not_administrator',
    'lifecycle.item_not_found',
    'lifecycle.settled',
    'lifecycle.not_handed_over',
    'lifecycle.successor_unfit',
  ],
})
/** The successor accepts, or the administrator saw the thing come back. */
export const settleItem = endpoint({
  name: 'settleHandoverItem',
  method: 'POST',
  path: '/api/v1/departures/:departureId/settlements',
  permission: 'lifecycle:read',
  resource,
  summary: '确认接收或交回 / Accept or confirm a return',
  params,
  body: z.object({ item: z.string().min(3).max(120), note: z.string().trim().max(500) }),
  response: DepartureView,
  refusals: [
    'lifecycle.not_found',
    'lifecycle.wrong_state',
    'lifecycle.item_not_found',
    'lifecycle.own_departure',
    'lifecycle.not_successor',
    'lifecycle.not_administrator',
    'lifecycle.settled',
    'lifecycle.not_handed_over',
  ],
})
/** Documents, data, badges: what no register knows. */
export const addThing = endpoint({
  name: 'addHandoverThing',
  method: 'POST',
  path: '/api/v1/departures/:departureId/things',
  permission: 'lifecycle:manage',
  resource,
  summary: '补充移交物 / Add a thing to hand over',
  params,
  body: z.object({ name: Name, way: z.enum(['accept', 'return']) }),
  response: DepartureView,
  refusals: ['lifecycle.not_found', 'lifecycle.wrong_state', 'lifecycle.not_administrator'],
})
/** Everything that gave access ends with it, in the same transaction. */
export const completeDeparture = endpoint({
  name: 'completeDeparture',
  method: 'POST',
  path: '/api/v1/departures/:departureId/complete',
  permission: 'lifecycle:manage',
  resource,
  summary: '办结离岗 / Complete a departure',
  danger: 3,
  params,
  response: DepartureView,
  refusals: [...stepRefusals, 'lifecycle.open_items'],
})

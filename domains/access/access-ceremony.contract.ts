import { endpoint, Label, Name, Slug } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Events: ceremony.seat_taken, ceremony.seat_confirmed, ceremony.closed. */

/** The three administrators of separated powers (三员分立): nobody among them can be another of them. */
export const seats = ['PAD', 'SEC', 'AUD'] as const
const Seat = z.enum(seats)
/** Printed once by the first start; without it nobody takes a seat. */
const Token = z.string().min(20).max(200)
const State = z.object({
  open: z.boolean(),
  seats: z.array(z.object({ seat: Seat, name: Label.nullable(), confirmed: z.boolean() })).max(3),
})

export const getCeremony = endpoint({
  name: 'getCeremony',
  method: 'GET',
  path: '/api/v1/ceremony',
  permission: 'public',
  summary: '首次启用状态 / First-run ceremony',
  response: State,
})
export const takeSeat = endpoint({
  name: 'takeSeat',
  method: 'POST',
  path: '/api/v1/ceremony/seats',
  permission: 'public',
  summary: '登记就位 / Take a seat',
  body: z.object({
    token: Token,
    seat: Seat,
    name: Name,
    nameEn: Name,
    identityNumber: z.string().trim().toUpperCase().max(18),
    login: z.string().regex(/^[a-z][a-z0-9._-]{1,39}$/),
    password: z.string().min(1).max(200),
  }),
  /** The authenticator's secret, shown to this person once. */
  response: z.object({ secret: Label, uri: Label }),
  refusals: [
    'access.ceremony_closed',
    'access.ceremony_token',
    'access.seat_taken',
    'access.seat_same_person',
    'person.identity_invalid',
  ],
})
export const confirmSeat = endpoint({
  name: 'confirmSeat',
  method: 'POST',
  path: '/api/v1/ceremony/confirmations',
  permission: 'public',
  summary: '确认动态口令 / Confirm a seat',
  body: z.object({ token: Token, seat: Seat, code: z.string().regex(/^\d{6}$/) }),
  response: State,
  refusals: ['access.ceremony_closed', 'access.ceremony_token', 'access.seat_empty', 'access.seat_code_wrong'],
})
/** With three confirmed seats: makes the management unit, its three persons, accounts and roles, and closes itself. */
export const closeCeremony = endpoint({
  name: 'closeCeremony',
  method: 'POST',
  path: '/api/v1/ceremony/close',
  permission: 'public',
  summary: '完成首次启用 / Close the ceremony',
  body: z.object({ token: Token, code: Slug, nameZh: Name, nameEn: Name }),
  response: State,
  refusals: ['access.ceremony_closed', 'access.ceremony_token', 'access.seat_empty'],
})

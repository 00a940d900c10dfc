import type { DepartureFacts, DepartureKind, LifecycleRefusal } from './lifecycle.model.ts'

/** The handover list (移交清单): computed from what somebody holds, never kept beside it. */

/**
 * How a thing leaves a pair of hands. `elsewhere`: by the act that already exists for it (reassign, withdraw, answer, grant to another), and
 * it is settled when it is not held any more. `accept`: a successor says with their own account that it is theirs now. `return`: the
 * administrator saw it come back. `cut`: it ends by itself with the departure and holds nobody up.
 */
export const ways = ['elsewhere', 'accept', 'return', 'cut'] as const
export type Way = (typeof ways)[number]

export const heldKinds = [
  'change.author',
  'change.executor',
  'change.reviewer',
  'change.manager',
  'change.requester',
  'approval.seat',
  'violation.answer',
  'emergency.filing',
  'role.custody',
  'role.last',
  'permission.request',
  'transfer.ticket',
  'release.draft',
  'announcement.open',
  'thing.accept',
  'thing.return',
  'terminal',
  'security-key',
  'role',
  'ssh-key',
  'certificate',
  'channel',
  'session',
] as const
export type HeldKind = (typeof heldKinds)[number]

/** S0-DATA-10: on every list, because no register knows them; consoles show it in their own language. */
export const documentsThing = '项目文档与数据'

interface Rule {
  readonly way: Way
  /** Whose the thing is: of the post, or of the person, who keeps it when they only change posts. */
  readonly of: 'post' | 'person'
}
const rules: Readonly<Record<HeldKind, Rule>> = {
  // Only the requester writes a plan: it is finished or withdrawn, and the successor copies it.
  'change.author': { way: 'elsewhere', of: 'post' },
  'change.executor': { way: 'elsewhere', of: 'post' },
  'change.reviewer': { way: 'elsewhere', of: 'post' },
  'change.manager': { way: 'accept', of: 'post' },
  'change.requester': { way: 'accept', of: 'post' },
  'approval.seat': { way: 'elsewhere', of: 'post' },
  'violation.answer': { way: 'elsewhere', of: 'person' },
  'emergency.filing': { way: 'elsewhere', of: 'post' },
  // NT-C06: the last of the three, the last administrator of a tenant, one of the last two custodians.
  'role.custody': { way: 'elsewhere', of: 'post' },
  'role.last': { way: 'accept', of: 'post' },
  'permission.request': { way: 'cut', of: 'post' },
  'transfer.ticket': { way: 'accept', of: 'post' },
  'release.draft': { way: 'accept', of: 'post' },
  'announcement.open': { way: 'accept', of: 'post' },
  'thing.accept': { way: 'accept', of: 'post' },
  'thing.return': { way: 'return', of: 'post' },
  terminal: { way: 'return', of: 'person' },
  'security-key': { way: 'return', of: 'person' },
  role: { way: 'cut', of: 'post' },
  'ssh-key': { way: 'cut', of: 'person' },
  certificate: { way: 'cut', of: 'person' },
  channel: { way: 'cut', of: 'person' },
  session: { way: 'cut', of: 'post' },
}

export interface Held {
  readonly kind: HeldKind
  readonly id: string
  readonly label: string
  readonly detail: string
  /** How many others could stand in, where that is what counts. */
  readonly others: number
  /** Whether nobody else can do it and no successor's word replaces it. */
  readonly blocks: boolean
}
/** A successor was asked, or somebody said that it is settled. */
export interface Settlement {
  readonly item: string
  readonly successorId: string | null
  readonly settledBy: string | null
  readonly settledAt: Date | null
  readonly note: string | null
}
export interface Item extends Held {
  readonly key: string
  readonly way: Way
  readonly state: 'open' | 'offered' | 'settled' | 'ends'
  readonly settlement: Settlement | undefined
}

/** A seat that others can fill without the leaver is no matter of theirs any more. */
const wayOf = (held: Held): Way => (held.kind === 'approval.seat' && !held.blocks ? 'cut' : rules[held.kind].way)

export const itemKey = (held: Pick<Held, 'kind' | 'id'>): string => `${held.kind}/${held.id}`

/** The list in the order of `heldKinds`: what holds the exit up first, what ends by itself last. */
export function handover(kind: DepartureKind, held: readonly Held[], settlements: readonly Settlement[]): Item[] {
  const said = new Map(settlements.map((one) => [one.item, one]))
  return held
    .filter((one) => kind === 'leave' || rules[one.kind].of === 'post')
    .map((one): Item => {
      const key = itemKey(one)
      const way = wayOf(one)
      const settlement = said.get(key)
      // Where another act is the way out, no word replaces it: the thing is settled when it is not held any more.
      const settled = (way === 'accept' || way === 'return') && settlement !== undefined && settlement.settledAt !== null
      const state = way === 'cut' ? 'ends' : settled ? 'settled' : settlement?.successorId ? 'offered' : 'open'
      return { ...one, key, way, state, settlement }
    })
    .sort((a, b) => heldKinds.indexOf(a.kind) - heldKinds.indexOf(b.kind) || (a.label < b.label ? -1 : 1))
}
/** What still holds the exit up. */
export const openItems = (items: readonly Item[]): Item[] =>
  items.filter((item) => item.state === 'open' || item.state === 'offered')

/** Why this item may not be given to that person; undefined when it may. */
export function offerRefusal(
  of: DepartureFacts,
  item: Item | undefined,
  successor: { personId: string; staysInUnit: boolean },
): LifecycleRefusal | undefined {
  if (of.state !== 'notice' && of.state !== 'cut') return 'lifecycle.wrong_state'
  if (!item) return 'lifecycle.item_not_found'
  if (item.state === 'settled') return 'lifecycle.settled'
  if (item.way === 'cut') return 'lifecycle.not_handed_over'
  return successor.personId === of.personId || !successor.staysInUnit ? 'lifecycle.successor_unfit' : undefined
}
/** Why this person may not say that the item is settled: the successor accepts with their own word, the administrator confirms a return. */
export function settleRefusal(
  of: DepartureFacts,
  item: Item | undefined,
  asker: { personId: string; manages: boolean },
): LifecycleRefusal | undefined {
  if (of.state !== 'notice' && of.state !== 'cut') return 'lifecycle.wrong_state'
  if (!item) return 'lifecycle.item_not_found'
  if (asker.personId === of.personId) return 'lifecycle.own_departure'
  if (item.state === 'settled') return 'lifecycle.settled'
  if (item.way === 'accept') return item.settlement?.successorId === asker.personId ? undefined : 'lifecycle.not_successor'
  if (item.way === 'return') return asker.manages ? undefined : 'lifecycle.not_administrator'
  return 'lifecycle.not_handed_over'
}

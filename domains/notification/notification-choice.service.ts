import { randomInt, timingSafeEqual } from 'node:crypto'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { hmacSm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Outcome, Stages } from '@huabiao/kit/http/route'
import { utf8 } from '@huabiao/kit/merkle/bytes'
import type { ChannelView } from './notification.contract.ts'
import { attemptMs } from './notification.model.ts'
import type { NoticeChannel, NotificationDeps } from './notification.ports.ts'
import { addressRefusal, chooseRefusal, codePauseMs, codeRefusal, newCodeRefusal } from './notification-choice.model.ts'
import { findChoice, listChoices, lockChoice, type NoticeChoice, noChoice, saveChoice } from './notification-choice.store.ts'

function viewOf({ name, carries, addresses }: NoticeChannel, choice: NoticeChoice): ChannelView {
  const refusal = chooseRefusal(addresses ? { addresses } : {}, choice.address) ?? null
  const { address, pending_address: pending, code_at: at } = choice
  const nextCodeAt = at && new Date(at.getTime() + codePauseMs).toISOString()
  const mail = addresses ? { domains: [...addresses.domains], address, pending, nextCodeAt } : null
  return { name, carries, chosen: choice.chosen && refusal === null, refusal, mail }
}
export async function channelViews(tx: ReadTx, { channels }: NotificationDeps, actor: PersonActor): Promise<ChannelView[]> {
  const choices = await listChoices(tx, actor.personId)
  return channels.map((channel) => viewOf(channel, choices.find((one) => one.channel === channel.name) ?? noChoice))
}
function channelOf({ channels }: NotificationDeps, name: string): NoticeChannel {
  const found = channels.find((one) => one.name === name)
  if (!found) throw new Refusal('notification.channel_not_found')
  return found
}
const rowOf = ({ tenantId, personId }: PersonActor, channel: string) => ({ tenantId, personId, channel })

export async function choose(
  tx: Tx,
  deps: NotificationDeps,
  actor: PersonActor,
  { channel: name, chosen }: { channel: string; chosen: boolean },
): Promise<Outcome<ChannelView>> {
  const channel = channelOf(deps, name)
  const of = rowOf(actor, name)
  const before = await lockChoice(tx, of)
  if (chosen) refuseIf(chooseRefusal(channel, before.address))
  await saveChoice(tx, of, { chosen })
  const view = viewOf(channel, { ...before, chosen })
  if (before.chosen === chosen) return { view, unchanged: true }
  return { view, events: [{ type: 'notification.channel_chosen', object: `person/${actor.personId}`, channel: name, chosen }] }
}

/** Bound to the person, the channel and the address: a code proves nothing but what it was sent for. */
const macOf = (
  { secretKey }: NotificationDeps,
  of: { personId: string; channel: string },
  address: string,
  code: string,
): Buffer => Buffer.from(hmacSm3(secretKey, utf8(`huabiao/notice-code/v1\n${of.personId}\n${of.channel}\n${address}\n${code}`)))

export async function sendCode(
  stages: Stages<PersonActor>,
  deps: NotificationDeps,
  { channel: name, address }: { channel: string; address: string },
): Promise<Outcome<ChannelView>> {
  const channel = channelOf(deps, name)
  const of = rowOf(stages.actor, name)
  refuseIf(addressRefusal(channel, address))
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  // Counted before it is sent: a relay that fails is no way to send many.
  const view = await stages.transact(async (tx) => {
    const before = await lockChoice(tx, of)
    const at = deps.clock.now()
    refuseIf(newCodeRefusal(before.code_at, at))
    const sent = { pending_address: address, code_mac: macOf(deps, of, address, code), code_at: at, code_failures: 0 }
    await saveChoice(tx, of, sent)
    const event = { type: 'notification.code_sent', object: `person/${of.personId}`, channel: name }
    return { view: viewOf(channel, { ...before, ...sent }), events: [event] }
  })
  try {
    await channel.addresses!.sendCode(address, code, AbortSignal.timeout(attemptMs))
  } catch (error) {
    throw new Refusal('notification.address_unreached', {}, error)
  }
  return { view, unchanged: true }
}

export async function proveAddress(
  stages: Stages<PersonActor>,
  deps: NotificationDeps,
  { channel: name, code }: { channel: string; code: string },
): Promise<Outcome<ChannelView>> {
  const channel = channelOf(deps, name)
  const of = rowOf(stages.actor, name)
  const proved = await stages.transact<boolean>(async (tx) => {
    const before = await lockChoice(tx, of)
    const { pending_address: address, code_mac: mac } = before
    refuseIf(codeRefusal(before, deps.clock.now()))
    if (address === null || mac === null) throw new Refusal('notification.code_over')
    if (!timingSafeEqual(mac, macOf(deps, of, address, code))) {
      // Committed although it is refused: five guesses are all there are.
      await saveChoice(tx, of, { code_failures: before.code_failures + 1 })
      return { view: false, unchanged: true }
    }
    await saveChoice(tx, of, { address, chosen: true, pending_address: null, code_mac: null })
    return { view: true, events: [{ type: 'notification.address_proved', object: `person/${of.personId}`, channel: name }] }
  })
  if (!proved) throw new Refusal('notification.code_wrong')
  return { view: viewOf(channel, await stages.read((tx) => findChoice(tx, of.personId, name))), unchanged: true }
}

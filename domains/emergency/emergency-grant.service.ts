import { grantMs } from './emergency.model.ts'
import { type EmergencyRow, findEmergency } from './emergency.store.ts'
import { opens, renewedUntil } from './emergency-act.model.ts'
import { commandsOf, mayDraft } from './emergency-filing.model.ts'
import {
  type Acting,
  admitted,
  type Doing,
  escalationDueAt,
  factsOf,
  filingDueAt,
  move,
  peopleWho,
  say,
  tell,
  tellAll,
} from './emergency-move.service.ts'
import { cancelDeadlines, insertDraft, listWords, startDeadline } from './emergency-paper.store.ts'

/** From the invocation to the draft of its filing: two persons, two keys, an hour, an end. */

export async function confirm(on: Acting, id: string): Promise<void> {
  const row = await admitted(on, id, 'confirm')
  await say(on, row, { kind: 'confirm', round: 0, verdict: 'yes' })
  await move(on, row, { act: 'confirm', event: 'emergency.confirmed', patch: { confirmedAt: on.now } })
}
export async function withdraw(on: Acting, id: string, reason: string): Promise<void> {
  await refused(on, await admitted(on, id, 'withdraw'), { act: 'withdraw', why: 'withdrawn', note: reason })
}
export async function refuse(on: Acting, id: string, reason: string): Promise<void> {
  const row = await admitted(on, id, 'refuse')
  await say(on, row, { kind: 'custody', round: 0, verdict: 'no', note: reason })
  await refused(on, row, { act: 'refuse', why: 'custodian', note: reason })
}
/** Ends an invocation that opened nothing: a custodian's no, a change of mind, or fifteen minutes without an answer. */
export async function refused(on: Doing, row: EmergencyRow, of: { act: string; why: string; note?: string }): Promise<void> {
  await cancelDeadlines(on.tx, row.id, ['answer'], on.now)
  const after = await move(on, row, {
    act: of.act,
    to: 'refused',
    event: 'emergency.refused',
    patch: { endReason: of.why },
    data: { why: of.why },
    ...(of.note ? { note: of.note } : {}),
  })
  await tellAll(on, after, 'emergency.refused')
  await tell(on, after, 'emergency.refused', peopleWho(on, after).acting)
}

/** A custodian's yes; the second one opens it for an hour, durable before anything is signed (NT-F01). */
export async function allow(on: Acting, id: string, note: string): Promise<void> {
  const row = await admitted(on, id, 'allow')
  await say(on, row, { kind: 'custody', round: 0, verdict: 'yes', note })
  const said = await move(on, row, { act: 'allow', event: 'emergency.allowed', note })
  const words = await listWords(on.tx, [id])
  if (!opens(factsOf(said, words, on.now))) return
  const notAfter = new Date(on.now.getTime() + grantMs)
  await cancelDeadlines(on.tx, id, ['answer'], on.now)
  const granted = await move(on, said, {
    act: 'grant',
    to: 'executing',
    event: 'emergency.granted',
    patch: { grantedAt: on.now, notAfter },
    data: {
      notAfter: notAfter.toISOString(),
      custodians: words.filter((word) => word.kind === 'custody' && word.verdict === 'yes').map((word) => word.personId),
    },
  })
  await startDeadline(on.tx, granted, 'expiry', notAfter)
  await tellAll(on, granted, 'emergency.granted')
  await tell(on, granted, 'emergency.granted', peopleWho(on, granted).acting)
}
export async function order(on: Acting, id: string, reason: string): Promise<void> {
  const row = await admitted(on, id, 'order')
  await say(on, row, { kind: 'order', round: row.renewals + 1, verdict: 'yes', note: reason })
  await move(on, row, { act: 'order', event: 'emergency.renewal_ordered', note: reason, data: { renewal: row.renewals + 1 } })
  await tell(on, row, 'emergency.renew', await peopleWho(on, row).custodians())
}
export async function renew(on: Acting, id: string, note: string): Promise<void> {
  const row = await admitted(on, id, 'renew')
  const renewals = row.renewals + 1
  await say(on, row, { kind: 'custody', round: renewals, verdict: 'yes', note })
  const notAfter = renewedUntil(row.grantedAt!, renewals, on.now)
  await cancelDeadlines(on.tx, id, ['expiry'], on.now)
  const after = await move(on, row, {
    act: 'renew',
    event: 'emergency.renewed',
    note,
    patch: { renewals, notAfter },
    data: { renewal: renewals, notAfter: notAfter.toISOString() },
  })
  await startDeadline(on.tx, after, 'expiry', notAfter)
  await tellAll(on, after, 'emergency.renewed')
  await tell(on, after, 'emergency.renewed', peopleWho(on, after).acting)
}

export async function stabilise(on: Acting, id: string, reason: string): Promise<void> {
  await end(on, await admitted(on, id, 'stabilise'), { act: 'stabilise', why: 'recovered', note: reason })
}
/**
 * The hour is over, or the fault is: nothing is admitted from here on, and the filing is owed. An hour that passed was over when it passed,
 * whenever a sweep came by, and its 24 hours count from there.
 */
export async function end(on: Doing, row: EmergencyRow, of: { act: string; why: string; note?: string }): Promise<void> {
  await cancelDeadlines(on.tx, row.id, ['expiry'], on.now)
  const over = row.notAfter !== null && row.notAfter < on.now ? row.notAfter : on.now
  const after = await move(on, row, {
    act: of.act,
    to: 'stabilised',
    event: 'emergency.stabilised',
    patch: { stabilisedAt: over, endedBy: on.actor?.personId ?? null, endReason: of.why },
    data: { why: of.why, filingDueAt: filingDueAt(over).toISOString() },
    ...(of.note ? { note: of.note } : {}),
  })
  await startDeadline(on.tx, after, 'filing', filingDueAt(over))
  await startDeadline(on.tx, after, 'escalation', escalationDueAt(over))
  on.events.push(...(await on.deps.evidence().endSessions(on.tx, row.id, { reason: `emergency-${of.why}`, at: on.now })))
  await tellAll(on, after, 'emergency.stabilised')
  await tell(on, after, 'emergency.file', peopleWho(on, after).acting)
  await draft((await findEmergency(on.tx, row.id))!, on)
}
/** Takes the recordings over into the filing as soon as they are sealed; answers whether it did. */
export async function draft(row: EmergencyRow, on: Doing): Promise<boolean> {
  if (row.state !== 'stabilised') return false
  const sessions = await on.deps.evidence().sessionsOf(on.tx, row.id)
  if (!mayDraft(sessions, row.stabilisedAt!, on.now)) return false
  const { commands, leftOut } = commandsOf(sessions)
  await insertDraft(on.tx, row, { recordings: sessions, commands })
  const open = sessions.filter((session) => session.state !== 'sealed').map((session) => session.sessionId)
  // The platform drafts, whoever ended it.
  await move({ ...on, actor: null }, row, {
    act: 'draft',
    to: 'retro_draft',
    event: 'emergency.drafted',
    data: {
      sessions: sessions.length,
      commands: commands.length,
      ...(leftOut > 0 ? { leftOut } : {}),
      ...(open.length > 0 ? { unsealed: open } : {}),
    },
  })
  return true
}

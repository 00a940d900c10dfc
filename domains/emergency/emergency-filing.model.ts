import { beijingTime } from '@huabiao/kit/calendar/calendar'
import { commandsMost, draftWaitMs, type EmergencyRefusal, filingsPerDay } from './emergency.model.ts'

/** What a filing (补填) is made of: what the recording says was run stands fixed, people explain it. */
export const rollbackStates = ['not-needed', 'rolled-back', 'to-be-rolled-back', 'kept'] as const
export type RollbackState = (typeof rollbackStates)[number]
/** Why a filing is rejected, and what that is in the catalogue of violations. */
export const rejections = { untrue: 'V-P4', 'beyond-incident': 'V-P3' } as const
export type Rejection = keyof typeof rejections

export interface RecordedSession {
  readonly sessionId: string
  readonly state: string
  readonly openedAt: Date | null
  readonly targetNames: readonly string[]
  readonly commands: readonly { readonly atMs: number; readonly text: string; readonly source: string }[]
}
export interface RecordedCommand {
  readonly seq: number
  readonly sessionId: string
  readonly atMs: number
  readonly text: string
  readonly source: string
}
const textMost = 4_000
/** Everything that was run, over all sessions, in the order of their beginning. Bounded; what is left out is said. */
export function commandsOf(sessions: readonly RecordedSession[]): { commands: RecordedCommand[]; leftOut: number } {
  const all = [...sessions]
    .sort((a, b) => (a.openedAt?.getTime() ?? 0) - (b.openedAt?.getTime() ?? 0))
    .flatMap(({ sessionId, commands }) => commands.map((command) => ({ ...command, sessionId })))
  return {
    commands: all.slice(0, commandsMost).map((command, index) => ({
      seq: index + 1,
      sessionId: command.sessionId,
      atMs: command.atMs,
      text: command.text.slice(0, textMost),
      source: command.source.slice(0, 100),
    })),
    leftOut: Math.max(0, all.length - commandsMost),
  }
}
/** Recordings are complete, or have had their time: a draft waits for the seal, but not for ever. */
export const mayDraft = (sessions: readonly { readonly state: string }[], stabilisedAt: Date, now: Date): boolean =>
  sessions.every((session) => session.state === 'sealed' || session.state === 'gap') ||
  now.getTime() - stabilisedAt.getTime() >= draftWaitMs

/** The steps as the recording tells them, in Beijing time, for the executor to go on from; at most what a note holds. */
export function draftSteps(commands: readonly RecordedCommand[], sessions: readonly RecordedSession[]): string {
  const byId = new Map(sessions.map((session) => [session.sessionId, session]))
  const lines: string[] = []
  let length = 0
  for (const { seq, sessionId, atMs, text } of commands) {
    const session = byId.get(sessionId)
    const at = session?.openedAt ? beijingTime(new Date(session.openedAt.getTime() + atMs)).slice(11) : ''
    const line = `${seq}. ${at} ${session?.targetNames.join(',') ?? ''}$ ${text}`
    length += line.length + 1
    if (length > textMost - 10) return [...lines, '…'].join('\n')
    lines.push(line)
  }
  return lines.join('\n')
}
/** Recorded commands are explained, never taken out and never invented. */
export const explanationsRefusal = (
  explanations: readonly { readonly seq: number }[],
  recorded: readonly { readonly seq: number }[],
): EmergencyRefusal | undefined =>
  explanations.every((one, index) => recorded.some((command) => command.seq === one.seq) && !isRepeated(explanations, index))
    ? undefined
    : 'emergency.command_unknown'
const isRepeated = (all: readonly { readonly seq: number }[], index: number): boolean =>
  all.findIndex((one) => one.seq === all[index]!.seq) !== index

const dayMs = 86_400_000
/** Whether another filing may be written now, after those that were; the database counts as well (`emergency_filing_guard`). */
export const filingsRefusal = (writtenAt: readonly Date[], now: Date): EmergencyRefusal | undefined =>
  writtenAt.filter((at) => at.getTime() > now.getTime() - dayMs).length < filingsPerDay ? undefined : 'emergency.filings_too_many'

/** Above these shares of a month, break-glass itself is the problem (itsm §2.3, bastion §5.5). */
export const changesShareMost = 0.05
export const sessionsShareMost = 0.02
export const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
export const isAlarm = (of: {
  emergencies: number
  changes: number
  emergencySessions: number
  sessions: number
}): { changes: boolean; sessions: boolean } => ({
  changes: shareOf(of.emergencies, of.changes) > changesShareMost,
  sessions: shareOf(of.emergencySessions, of.sessions) > sessionsShareMost,
})

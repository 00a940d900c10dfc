import { setTimeout as sleep } from 'node:timers/promises'
import { claimWork, gatewayHello, type Work } from '@huabiao/domains/session/session-gateway.contract'
import { causeOf, codeOf, untilAnswered } from './control-plane.ts'
import { fetchFile } from './file-fetch.ts'
import type { LiveSessions, SessionsOptions } from './live-sessions.ts'
import { sealRecording } from './recording-end.ts'
import { reportFinished, unknownEnd } from './runner.ts'
import { withContent } from './step-content.ts'
import { checkTarget } from './target-check.ts'
import { rotateTarget } from './target-rotation.ts'

const waitMs = 20_000
const rememberMax = 10_000

/**
 * Says that this boot is here, and settles what an earlier boot has left: runs first, then recordings. What came of a run is told before
 * the greeting, which declares unknown whatever was begun and not told (itsm §4.4).
 */
export async function hello(of: SessionsOptions, version: string): Promise<void> {
  for (const [grantId, { finished }] of of.pending.entries()) if (finished) await reportFinished(of, grantId, finished)
  const { unsealed } = await untilAnswered(() => of.gateway(gatewayHello, { body: { bootId: of.bootId, version } }), of.signal)
  for (const [grantId] of of.pending.entries()) await reportFinished(of, grantId, unknownEnd())
  // Recordings wait for the evidence store as long as it takes; the doors do not wait for them.
  void sealLeftRecordings(of, unsealed)
}

async function sealLeftRecordings(
  of: SessionsOptions,
  unsealed: readonly { sessionId: string; segments: number }[],
): Promise<void> {
  for (const { sessionId, segments } of unsealed)
    await sealRecording({ ...of, sessionId }, segments).catch((cause: unknown) => {
      if (!of.signal.aborted) of.log({ level: 'error', event: 'not_sealed', sessionId, cause: causeOf(cause) })
    })
}

/** Begins what was ordered. What belongs to a session is told to the sessions; the rest goes on beside them. */
function begin(of: SessionsOptions, sessions: LiveSessions, item: Work): void {
  const beside = (act: Promise<void>): void => {
    void act.catch((cause: unknown) =>
      of.log({ level: 'error', event: 'work_failed', kind: item.kind, workId: item.workId, cause: causeOf(cause) }),
    )
  }
  if (item.kind === 'check') beside(checkTarget(item, of))
  else if (item.kind === 'rotate') beside(rotateTarget(item, of))
  else if (item.kind === 'fetch') beside(fetchFile(item, of, sessions))
  else if (item.kind === 'run' && item.content) beside(withContent(of, item).then((run) => sessions.take(run)))
  else sessions.take(item)
}

/** Claims work until the signal ends it. An item is taken once, whatever is answered again. */
export async function workLoop(of: SessionsOptions, sessions: LiveSessions): Promise<void> {
  const taken = new Set<string>()
  let done: string[] = []
  while (!of.signal.aborted) {
    try {
      const body = { bootId: of.bootId, waitMs, done }
      const { items } = await of.gateway(claimWork, { body, signal: of.signal })
      done = []
      for (const item of items) {
        if (!taken.has(item.workId)) {
          taken.add(item.workId)
          if (taken.size > rememberMax) taken.delete(taken.values().next().value as string)
          begin(of, sessions, item)
        }
        done.push(item.workId)
      }
    } catch (cause) {
      if (of.signal.aborted) return
      const code = codeOf(cause)
      of.log({ level: 'warn', event: 'claim_failed', cause: causeOf(cause) })
      // Another boot of this gateway has taken over: this one holds nothing any more.
      if (code === 'session.stale_boot') {
        await sessions.close()
        throw cause
      }
      await sleep(1_000, undefined, { signal: of.signal }).catch(() => undefined)
    }
  }
}

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { manifestText } from '@huabiao/domains/session/session.model'
import { putSegment, sessionGap, sessionSealed } from '@huabiao/domains/session/session-gateway.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ApiClient } from '@huabiao/kit/http/client'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { z } from 'zod'
import { causeOf, untilAnswered } from './control-plane.ts'
import { namesIn } from './durable.ts'

/** How a recording ends: everything is sent, and it is sealed, or what is missing is said. Of this boot as of an earlier one. */

export type Segment = z.infer<typeof putSegment.body>
export interface Closing {
  readonly reason: string
  readonly closedAt: string
}

export const folderOf = (spoolDir: string, sessionId: string): string => {
  if (!/^[0-9a-f-]{36}$/.test(sessionId)) throw new TypeError('not an id')
  return join(spoolDir, sessionId)
}
const segmentsIn = (folder: string): string[] =>
  namesIn(folder)
    .filter((name) => name.endsWith('.segment'))
    .sort()

/** Whose recording, and where it goes. */
export interface Upload {
  readonly spoolDir: string
  readonly sessionId: string
  readonly gateway: ApiClient
  readonly signal: AbortSignal
}

export const putOne = (of: Upload, segment: Segment): Promise<unknown> =>
  untilAnswered(() => of.gateway(putSegment, { params: { sessionId: of.sessionId }, body: segment }), of.signal)

/** Sends what the control plane has not yet, of this boot or of an earlier one, then seals, or declares a gap where the recording did not end in order. */
export async function sealRecording(of: Upload, from: number): Promise<void> {
  const folder = folderOf(of.spoolDir, of.sessionId)
  const names = segmentsIn(folder)
  // One at a time: a recording may be larger than the memory.
  const sized: Parameters<typeof manifestText>[0]['segments'][number][] = []
  try {
    for (const name of names) {
      const segment = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Segment
      if (segment.index >= from) await putOne(of, segment)
      const { data, ...rest } = segment
      sized.push({ ...rest, bytes: Buffer.byteLength(data, 'base64') })
    }
  } catch (cause) {
    if (of.signal.aborted) throw cause
    return declareGap(of, names.length, `upload refused: ${causeOf(cause)}`, 0)
  }
  const closing = readClosing(folder)
  if (!closing) return declareGap(of, names.length, 'the gateway stopped; at most the last 5 s are missing', 0)
  const manifestSm3 = toHex(sm3(utf8(manifestText({ sessionId: of.sessionId, reason: closing.reason, segments: sized }))))
  await untilAnswered(
    () =>
      of.gateway(sessionSealed, {
        params: { sessionId: of.sessionId },
        body: { segments: names.length, manifestSm3, ...closing },
      }),
    of.signal,
  )
  rmSync(folder, { recursive: true, force: true })
}

/** The spool keeps what it holds: a gap is somebody's question, and these are the only answers. */
export async function declareGap(of: Upload, segments: number, reason: string, bytesLost: number): Promise<void> {
  await untilAnswered(
    () => of.gateway(sessionGap, { params: { sessionId: of.sessionId }, body: { segments, reason, bytesLost } }),
    of.signal,
  )
}

function readClosing(folder: string): Closing | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'closed.json'), 'utf8')) as Closing
  } catch {
    return undefined
  }
}

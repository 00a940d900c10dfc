import { artifactMaxBytes } from '@huabiao/domains/change/change-plan.model'
import { partsOf } from '@huabiao/domains/transfer/transfer.model'
import { readPart } from '@huabiao/domains/transfer/transfer-gateway.contract'
import { verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { causeOf, untilAnswered } from './control-plane.ts'
import type { SessionsOptions } from './live-sessions.ts'
import type { RunWork } from './runner.ts'

const fetchMs = 60_000

/**
 * A step whose content is an artifact, with that content: read part by part while its grant lives. What cannot be read is left out; the
 * check of the grant then finds that the content is not the approved one, and nothing runs.
 */
export async function withContent(of: SessionsOptions, run: RunWork): Promise<RunWork> {
  const { content } = run
  if (!content) return run
  try {
    const grantId = grantIdOf(of, run)
    if (content.bytes > artifactMaxBytes || content.parts !== partsOf(content.bytes) || !grantId)
      throw new Error('content out of bounds')
    const params = { transferId: content.transferId }
    const signal = AbortSignal.any([of.signal, AbortSignal.timeout(fetchMs)])
    const parts: Buffer[] = []
    for (let index = 0; index < content.parts; index++) {
      const { data } = await untilAnswered(() => of.gateway(readPart, { params, body: { index, grantId } }), signal)
      parts.push(Buffer.from(data, 'base64'))
    }
    return { ...run, stdin: Buffer.concat(parts).toString('base64') }
  } catch (cause) {
    of.log({ level: 'error', event: 'content_not_read', workId: run.workId, cause: causeOf(cause) })
    return run
  }
}

/** Only the grant's own id opens its content; whether it is one that may be acted on is judged where it is used. */
function grantIdOf(of: SessionsOptions, run: RunWork): string | undefined {
  const verdict = verifyEnvelope('execution-grant', run.grant, of.keys)
  const id = verdict.ok ? (verdict.payload as { id?: unknown }).id : undefined
  return typeof id === 'string' ? id : undefined
}

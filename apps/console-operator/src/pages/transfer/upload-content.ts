import { finishUpload, openTransfer, sendPart, type TransferView } from '@huabiao/domains/transfer/transfer.contract'
import { partBytes } from '@huabiao/domains/transfer/transfer.model'
import { ProblemError } from '@huabiao/kit/http/client'
import { api } from '../../api/client.ts'

/** Base64 of bytes, in pieces that an argument list can hold. */
function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/**
 * Brings a file in by the console, part by part, as a gateway does. `onProgress` hears how much of it has gone, from 0 to 1.
 * @throws ProblemError where it is refused: before the first byte, or after the last, when the digest is not that of the plan
 */
export async function uploadContent(
  file: File,
  of: { place: string; bytes: number },
  onProgress: (part: number) => void,
): Promise<TransferView> {
  // Another file, as can be seen before anything moves.
  if (file.size !== of.bytes) throw refusal(file.size > of.bytes ? 'transfer.too_large' : 'transfer.digest_mismatch', null)
  const opened = await api(openTransfer, { body: { channel: 'console', direction: 'in', path: of.place } })
  if (opened.outcome === 'refused') throw refusal(opened.code, opened.rule)
  const params = { transferId: opened.transferId }
  for (let index = 0; index * partBytes < file.size; index++) {
    const piece = file.slice(index * partBytes, (index + 1) * partBytes)
    const data = base64(new Uint8Array(await piece.arrayBuffer()))
    await api(sendPart, { params, body: { index, data } })
    onProgress(Math.min(1, ((index + 1) * partBytes) / file.size))
  }
  const ended = await api(finishUpload, { params })
  if (ended.refusal) throw refusal(ended.refusal, null)
  return ended
}
const refusal = (code: string, rule: string | null): ProblemError =>
  new ProblemError({ type: `urn:huabiao:${code}`, status: 409, code, params: {}, requestId: '', ...(rule ? { rule } : {}) })

import { openTransfer } from '@huabiao/domains/transfer/transfer.contract'
import { partsOf } from '@huabiao/domains/transfer/transfer.model'
import { finishDownload, receivePart } from '@huabiao/domains/transfer/transfer-ticket.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { api } from '../../api/client.ts'

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/** Takes a file out by a ticket, part by part, and hands it to the browser. `onProgress` hears how much has come, from 0 to 1. */
export async function downloadContent(place: string, onProgress: (part: number) => void): Promise<void> {
  const opened = await api(openTransfer, { body: { channel: 'console', direction: 'out', path: place } })
  if (opened.outcome === 'refused') {
    const { code, rule } = opened
    throw new ProblemError({
      type: `urn:huabiao:${code}`,
      status: 409,
      code,
      params: {},
      requestId: '',
      ...(rule ? { rule } : {}),
    })
  }
  const params = { transferId: opened.transferId }
  const count = partsOf(opened.bytes)
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let index = 0; index < count; index++) {
    parts.push(bytesOf((await api(receivePart, { params, body: { index } })).data))
    onProgress((index + 1) / count)
  }
  await api(finishDownload, { params })
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = opened.name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

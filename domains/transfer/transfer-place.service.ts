import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { PlaceView } from './transfer.contract.ts'
import { uploadPath } from './transfer.model.ts'
import type { TransferDeps } from './transfer.ports.ts'
import { downloadRefusal } from './transfer-ticket.model.ts'
import { placeOfTicket } from './transfer-ticket.service.ts'
import { listLiveTickets } from './transfer-ticket.store.ts'

const placesMax = 1_000

/** What a person may move now, and nothing else: artifacts of the changes they carry out, and what a ticket of theirs gives. */
export async function placesOf(tx: ReadTx, deps: TransferDeps, actor: PersonActor): Promise<PlaceView[]> {
  const now = deps.clock.now()
  const at = now.toISOString()
  const uploads = (await deps.changes.openTo(tx, actor)).flatMap(({ change, slots }) =>
    slots.map(({ slot, name, bytes, sha256, held }): PlaceView => {
      const path = uploadPath({ changeNo: change.no, slot, name })
      return { path, direction: 'in', bytes, sha256, held, at }
    }),
  )
  const downloads = (await listLiveTickets(tx, actor.personId, now)).flatMap((ticket): PlaceView[] => {
    const { contentBytes: bytes, contentSha256: sha256 } = ticket
    if (downloadRefusal(ticket, actor.personId, now) || bytes === null || sha256 === null) return []
    return [{ path: placeOfTicket(ticket), direction: 'out', bytes, sha256, held: true, at }]
  })
  return [...uploads, ...downloads].slice(0, placesMax)
}

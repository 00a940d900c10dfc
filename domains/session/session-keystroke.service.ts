import type { PersonActor } from '@huabiao/kit/actor/actor'
import { openPiece } from '@huabiao/kit/crypto/key-seal'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type { SessionDeps } from './session.ports.ts'
import { sessionEvent } from './session.service.ts'
import { findSession, listSegments, type SessionRow } from './session.store.ts'
import { agreeRefusal, keyRequestMs, keysRefusal, readKeysRefusal, shownKeys, sideFor } from './session-keystroke.model.ts'
import {
  agreeTo,
  findKeystrokeRequest,
  insertKeystrokeRequest,
  type KeystrokeRequestRow,
  listKeystrokeRequestRows,
} from './session-keystroke.store.ts'
import { segmentLines } from './session-recording.service.ts'
import * as contract from './session-terminal.contract.ts'

const piecesMax = 20_000
const pieceMax = 20_000
const textMax = 2_000_000

/** What was typed at a terminal, for two persons together (S8). The key comes from the signer, which asks the database itself. */
export function keystrokeRoutes(deps: SessionDeps): Route[] {
  const { clock } = deps
  const visible = async (tx: ReadTx, id: string): Promise<SessionRow> => {
    const session = await findSession(tx, id)
    if (!session) throw notFound('session')
    return session
  }
  const sideOf = (session: SessionRow, { roles, role, tenantId, party }: PersonActor) =>
    sideFor(session, { roles: role === undefined ? roles : [role], tenantId, party })
  const request = async (tx: ReadTx, params: { sessionId: string; requestId: string }) => {
    const session = await visible(tx, params.sessionId)
    const row = await findKeystrokeRequest(tx, session.id, params.requestId)
    if (!row) throw new Refusal('session.keys_request_over')
    return { session, row }
  }

  return [
    look(contract.listKeystrokeRequests, async (tx, actor, { params }) => {
      const session = await visible(tx, params.sessionId)
      const refusal = keysRefusal(session, actor.personId, sideOf(session, actor))
      // That somebody looks into it, and why, is for those who may: least of all for whoever is looked into.
      const rows = refusal ? [] : await listKeystrokeRequestRows(tx, session.id)
      return { view: { items: rows.map(toView), refusal: refusal ?? null } }
    }),
    handle(contract.askKeystrokes, async (tx, actor, { params, body }) => {
      const session = await visible(tx, params.sessionId)
      const side = sideOf(session, actor)
      refuseIf(keysRefusal(session, actor.personId, side))
      if (session.state !== 'sealed' && session.state !== 'gap') throw new Refusal('session.wrong_state')
      const [id, askedAt] = [newId(), clock.now()]
      const expiresAt = new Date(askedAt.getTime() + keyRequestMs)
      const by = { askedBy: actor.personId, askedName: actor.name, askedSide: side! }
      await insertKeystrokeRequest(tx, session, { id, reason: body.reason, ...by, askedAt, expiresAt })
      const row = (await findKeystrokeRequest(tx, session.id, id))!
      const data = { requestId: id, reason: body.reason, side }
      return { view: toView(row), events: [sessionEvent(session, 'keystrokes.asked', data)] }
    }),
    handle(contract.agreeKeystrokes, async (tx, actor, { params }) => {
      const { session, row } = await request(tx, params)
      const [side, now] = [sideOf(session, actor), clock.now()]
      refuseIf(agreeRefusal(session, row, { personId: actor.personId, side, now }))
      if (!(await agreeTo(tx, row, { personId: actor.personId, name: actor.name, side: side!, at: now })))
        throw new Refusal('session.keys_request_over')
      const data = { requestId: row.id, askedBy: row.askedBy, side }
      return {
        view: toView((await findKeystrokeRequest(tx, session.id, row.id))!),
        events: [sessionEvent(session, 'keystrokes.agreed', data)],
      }
    }),
    handleStaged(contract.readKeystrokes, async (stages, { params }) => {
      const { actor } = stages
      const { session, row, segments } = await stages.read(async (tx) => {
        const found = await request(tx, params)
        refuseIf(readKeysRefusal(found.session, found.row, { personId: actor.personId, now: clock.now() }))
        return { ...found, segments: await listSegments(tx, found.session.id) }
      })
      // The record first: whoever sees a piece has been written down (S8), and the person recorded is told.
      await stages.transact(async (tx) => {
        await deps.notify(tx, [noticeOf(session, row)])
        const data = { requestId: row.id, askedBy: row.askedBy, agreedBy: row.agreedBy, reason: row.reason }
        return { view: undefined, events: [sessionEvent(session, 'keystrokes.read', data)] }
      })
      const reader = pieceReader(deps, session.id, row.id)
      for (const segment of segments) {
        const lines = await segmentLines(await deps.evidence.read({ tenantId: session.tenantId, sha256: segment.sha256 }))
        if (!(await reader.take(lines))) break
      }
      if (reader.pieces.length === 0) throw new Refusal('session.keys_none')
      return { view: { pieces: reader.pieces, cut: reader.cut }, unchanged: true }
    }),
  ]
}

const noticeOf = (session: SessionRow, row: KeystrokeRequestRow) => ({
  tenantId: session.tenantId,
  personId: session.executorId,
  kind: 'keystrokes.read',
  object: `session/${session.id}`,
  params: { no: session.changeNo, title: session.title, reason: row.reason },
})
const toView = (row: KeystrokeRequestRow): contract.KeystrokeRequest => ({
  id: row.id,
  sessionId: row.sessionId,
  reason: row.reason,
  askedBy: row.askedName,
  askedById: row.askedBy,
  askedSide: row.askedSide,
  askedAt: row.askedAt.toISOString(),
  agreedBy: row.agreedName,
  agreedById: row.agreedBy,
  agreedAt: row.agreedAt?.toISOString() ?? null,
  expiresAt: row.expiresAt.toISOString(),
})

/** Reads the sealed pieces of a recording, terminal by terminal: each announces its key before its first piece. */
function pieceReader(deps: SessionDeps, sessionId: string, requestId: string) {
  const pieces: { atMs: number; text: string }[] = []
  let [key, index, length]: [Uint8Array | undefined, number, number] = [undefined, 0, 0]
  const reader = {
    pieces,
    cut: false,
    /** Answers whether there may be more to show. @throws Refusal session.keys_unreadable */
    take: async (lines: Uint8Array): Promise<boolean> => {
      for (const line of Buffer.from(lines).toString('utf8').split('\n')) {
        const [, seconds, code, data] = /^\[([0-9.]+),"([Kk])","([^"]*)"\]$/.exec(line) ?? []
        if (!code) continue
        if (code === 'K') {
          key = await deps.signer.openKeystrokes({ requestId, sessionId, announcement: data! })
          index = 0
          continue
        }
        if (!key) throw new Refusal('session.keys_unreadable')
        const text = shownKeys(opened(key, data!, index, sessionId))
        index += 1
        const parts = Math.ceil(text.length / pieceMax)
        if (pieces.length + parts > piecesMax || length + text.length > textMax) {
          reader.cut = true
          return false
        }
        length += text.length
        const atMs = Math.round(Number(seconds) * 1000)
        // What was pasted in one go may be longer than one piece of an answer.
        for (let part = 0; part < parts; part++) pieces.push({ atMs, text: text.slice(part * pieceMax, (part + 1) * pieceMax) })
      }
      return true
    },
  }
  return reader
}
function opened(key: Uint8Array, piece: string, index: number, sessionId: string): string {
  try {
    return openPiece(key, piece, index, sessionId).toString('utf8')
  } catch {
    throw new Refusal('session.keys_unreadable')
  }
}

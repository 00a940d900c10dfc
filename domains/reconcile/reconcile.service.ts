import type { Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './reconcile.contract.ts'
import { type Claim, claimsOn, type Execution, executionsIn, type Kin, outlived, outlivedMs } from './reconcile.model.ts'
import type { ReconcileDeps } from './reconcile.ports.ts'
import {
  findTerminal,
  findVerdict,
  forgetProcess,
  insertExecution,
  listExecutions,
  listProcesses,
  lockPosition,
  noteHeard,
  noteLost,
  noteProcess,
  setPosition,
  type TerminalRow,
  toldOf,
} from './reconcile.store.ts'

const shownMax = 2_000

export function reconcileRoutes(deps: ReconcileDeps): Route[] {
  return [
    handle(contract.reportExecLog, async (tx, actor, { body }) => {
      const of = { followerId: actor.serviceId, source: body.source, at: deps.clock.now() }
      const before = await lockPosition(tx, of)
      const same = before?.stream === body.stream
      const taken = same ? before.taken : 0
      if (body.from < taken) return { view: { stream: body.stream, taken }, unchanged: true }
      if (body.from > taken) throw new Refusal('reconcile.log_gap', { taken })
      // What was told before it was lost is judged as what it is: a part.
      if (body.lost && before && !same) await noteLost(tx, of, new Date((before.wholeAt?.getTime() ?? 0) - outlivedMs))
      const { executions, pending } = executionsIn(body.lines, same ? before.pending : {})
      const wholeAt = body.whole ? of.at : (before?.wholeAt ?? null)
      await setPosition(tx, of, { stream: body.stream, taken: body.to, pending, wholeAt })
      await keep(deps, tx, of, executions)
      return { view: { stream: body.stream, taken: body.to }, unchanged: true }
    }),
    look(contract.getExecutions, async (tx, actor, { params }) => {
      const session = await deps.session(tx, actor, params.sessionId)
      if (!session) throw notFound('session')
      const [rows, told, verdict] = [
        await listExecutions(tx, params.sessionId, shownMax),
        await toldOf(tx, params.sessionId),
        await findVerdict(tx, params.sessionId),
      ]
      const from = session.openedAt?.getTime() ?? 0
      const items = rows.map(({ at, ...row }) => ({
        ...row,
        at: at.toISOString(),
        atMs: Math.max(0, at.getTime() - from),
      }))
      const judged = { verdict: verdict?.verdict ?? null, judgedAt: verdict?.at.toISOString() ?? null }
      return { view: { ...judged, total: told.executions, items } }
    }),
  ]
}

interface From {
  readonly followerId: string
  readonly source: string
  readonly at: Date
}
/** Keeps the executions that belong to terminals of ours; all others are nobody's business here. */
async function keep(deps: ReconcileDeps, tx: Tx, of: From, executions: readonly Execution[]): Promise<void> {
  if (executions.length === 0) return
  const terminals = new Map<string, TerminalRow | undefined>()
  const terminal = async (id: string): Promise<TerminalRow | undefined> => {
    if (!terminals.has(id)) terminals.set(id, await findTerminal(tx, id))
    return terminals.get(id)
  }
  let known: Kin[] = []
  const remember = async (process: Omit<Kin, 'endedAt'>): Promise<void> => {
    const endedAt = (await terminal(process.sessionId))?.closedAt ?? undefined
    known = [{ ...process, endedAt }, ...known.filter((kin) => kin.pid !== process.pid)]
  }
  for (const row of (await listProcesses(tx, of)).reverse())
    await remember({ ...row, ppid: row.ppid ?? undefined, ses: row.ses ?? undefined, tty: row.tty ?? undefined })
  const heard = new Set<string>()
  for (const one of executions) {
    const [claim, session] = await firstThatHolds(one, claimsOn(one, known), terminal)
    // A follower speaks of its own targets: whatever another machine claims of a session proves nothing.
    if (!claim || !session?.targetNames.some((name) => deps.mayFollow(of.followerId, name))) {
      if (!known.some((kin) => kin.pid === one.pid)) continue
      known = known.filter((kin) => kin.pid !== one.pid)
      await forgetProcess(tx, of, one.pid)
      continue
    }
    const process = { pid: one.pid, ppid: one.ppid, sessionId: session.sessionId, ses: one.ses, tty: one.tty }
    await remember(process)
    await noteProcess(tx, of, { ...process, ses: one.ses ?? null, tty: one.tty ?? null })
    const marks = {
      opens: claim.opens,
      outlived: outlived(one, session.closedAt ?? undefined),
      elevated: one.uid !== 0 && one.euid === 0,
    }
    await insertExecution(tx, session, one, marks)
    heard.add(session.sessionId)
  }
  for (const sessionId of heard) await noteHeard(tx, of, sessionId)
}

/** A session that is none of ours claims nothing, and one that has ended begins no terminal. */
async function firstThatHolds(
  one: Execution,
  claims: readonly Claim[],
  terminal: (id: string) => Promise<TerminalRow | undefined>,
): Promise<[Claim, TerminalRow] | [undefined, undefined]> {
  for (const claim of claims) {
    const session = await terminal(claim.sessionId)
    if (session && !(claim.opens && outlived(one, session.closedAt ?? undefined))) return [claim, session]
  }
  return [undefined, undefined]
}

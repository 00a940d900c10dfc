import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { handleRaw, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './dossier.contract.ts'
import type { DossierDeps } from './dossier.ports.ts'
import { type DossierRow, findDossier } from './dossier.store.ts'

export { sealDossiers } from './dossier.jobs.ts'

export function dossierModule(deps: DossierDeps) {
  /** @throws Refusal dossier.not_found where the change may not be seen, dossier.not_sealed while it goes on */
  const visible = async (tx: ReadTx, changeId: string): Promise<{ row: DossierRow; no: string }> => {
    const no = await deps.changeNo(tx, changeId)
    if (no === undefined) throw notFound('dossier')
    const row = await findDossier(tx, changeId)
    if (!row) throw new Refusal('dossier.not_sealed')
    return { row, no }
  }
  const file = (
    endpoint: typeof contract.readDossierData | typeof contract.readDossierDocument,
    part: 'data' | 'document',
  ): Route =>
    handleRaw(endpoint, async (_request, reply, stages, input) => {
      const { changeId } = input.params as { changeId: string }
      const { row, no } = await stages.read((tx) => visible(tx, changeId))
      const bytes = await deps.evidence.read({ tenantId: row.tenantId, sha256: row[part].sha256 })
      const who: PersonActor = stages.actor
      await stages.record([
        { type: 'dossier.read', object: `dossier/${changeId}`, tenantId: who.tenantId, no, part, sm3: row[part].sm3 },
      ])
      return reply
        .type(part === 'data' ? 'application/json; charset=utf-8' : 'application/pdf')
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${no}-dossier.${part === 'data' ? 'json' : 'pdf'}"`)
        .send(Buffer.from(bytes))
    })
  const routes: Route[] = [
    look(contract.getDossier, async (tx, _actor, { params }) => {
      const { row } = await visible(tx, params.changeId)
      const { sealedAt, data, document, pages, records, headSize } = row
      return { view: { sealedAt: sealedAt.toISOString(), data, document, pages, records, headSize } }
    }),
    file(contract.readDossierData, 'data'),
    file(contract.readDossierDocument, 'document'),
  ]
  return { routes, deps }
}

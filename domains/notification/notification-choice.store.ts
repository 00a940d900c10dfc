import type { ReadTx, Tx } from '@huabiao/kit/db/db'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    notice_choice: {
      tenant_id: string
      person_id: string
      channel: string
      chosen: boolean
      address: string | null
      pending_address: string | null
      code_mac: Buffer | null
      code_at: Date | null
      code_failures: number
    }
  }
}
export interface NoticeChoice {
  readonly chosen: boolean
  readonly address: string | null
  readonly pending_address: string | null
  readonly code_mac: Buffer | null
  readonly code_at: Date | null
  readonly code_failures: number
}
export const noChoice: NoticeChoice = {
  chosen: false,
  address: null,
  pending_address: null,
  code_mac: null,
  code_at: null,
  code_failures: 0,
}

export async function listChoices(tx: ReadTx, personId: string): Promise<(NoticeChoice & { readonly channel: string })[]> {
  return tx.selectFrom('notice_choice').selectAll().where('person_id', '=', personId).limit(100).execute()
}
export const findChoice = async (tx: ReadTx, personId: string, channel: string): Promise<NoticeChoice> =>
  (await listChoices(tx, personId)).find((one) => one.channel === channel) ?? noChoice

/** The row, made where there was none, and held: of two codes tried at once the second waits for the first. */
export async function lockChoice(tx: Tx, of: { tenantId: string; personId: string; channel: string }): Promise<NoticeChoice> {
  const { tenantId: tenant_id, personId: person_id, channel } = of
  await tx
    .insertInto('notice_choice')
    .values({ tenant_id, person_id, channel, ...noChoice })
    .onConflict((on) => on.doNothing())
    .execute()
  const held = tx.selectFrom('notice_choice').selectAll().where('person_id', '=', person_id).where('channel', '=', channel)
  return held.forUpdate().executeTakeFirstOrThrow()
}
export const saveChoice = (tx: Tx, of: { personId: string; channel: string }, change: Partial<NoticeChoice>) =>
  tx.updateTable('notice_choice').set(change).where('person_id', '=', of.personId).where('channel', '=', of.channel).execute()

import type { Tx } from '@huabiao/kit/db/db'
import type { EvidenceClass } from './evidence.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    evidence_object: {
      tenant_id: string
      sha256: string
      sm3: string
      class: EvidenceClass
      bytes: number
      created_at: Date
      keep_until: Date
    }
  }
}

export async function insertObject(
  tx: Tx,
  row: { tenantId: string; sha256: string; sm3: string; class: EvidenceClass; bytes: number; at: Date; keepUntil: Date },
): Promise<void> {
  await tx
    .insertInto('evidence_object')
    .values({
      tenant_id: row.tenantId,
      sha256: row.sha256,
      sm3: row.sm3,
      class: row.class,
      bytes: row.bytes,
      created_at: row.at,
      keep_until: row.keepUntil,
    })
    .onConflict((clash) => clash.columns(['tenant_id', 'sha256']).doNothing())
    .execute()
}

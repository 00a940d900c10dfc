import type { LedgerRow } from '@huabiao/domains/ledger/ledger.contract'

/** Who acted. Before a logon is complete nobody is an actor yet; the record then says in its content whom it is about. */
export function actorOf(row: LedgerRow, words: { visitor: (name: string) => string }): string {
  if (row.actorName !== 'visitor') return row.actorName
  const { personName, login } = row.data
  return words.visitor(typeof personName === 'string' ? personName : typeof login === 'string' ? login : '')
}

import './account.css'
import { listAccountSessions } from '@huabiao/domains/identity/identity-account.contract'
import { endMySession, type LogonSessionView, listMySessions } from '@huabiao/domains/identity/identity-session.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { toast } from '@huabiao/ui/primitives/toast'
import type { ReactNode } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useRoleName } from '../../app/role-names.ts'
import { sessionListWords } from './session-list-words.ts'

/** Where one is logged on now; each but the present one can be ended. */
export function MySessions() {
  const w = useWords(sessionListWords)
  const found = useApi(listMySessions, {}, { everyMs: 15_000 })
  const end = useAct(endMySession, { refresh: [listMySessions], onDone: () => toast(w.ended) })
  return (
    <Card flush title={w.mine}>
      {found.error || end.error ? <ProblemNote error={found.error ?? end.error} compact /> : null}
      <p className="pad muted small">{w.mineText}</p>
      {found.data?.items.map((session) => (
        <Session key={session.id} session={session}>
          {session.current ? (
            <StatusTag tone="info">{w.current}</StatusTag>
          ) : (
            <Button
              size="small"
              tone="danger"
              busy={end.isPending}
              onClick={() => end.mutate({ params: { sessionId: session.id } })}
            >
              {w.end}
            </Button>
          )}
        </Session>
      ))}
    </Card>
  )
}

/** Where somebody else is logged on, for an administrator of their unit. */
export function AccountSessions({ accountId }: { accountId: string }) {
  const w = useWords(sessionListWords)
  const found = useApi(listAccountSessions, { params: { accountId } }, { everyMs: 15_000 })
  const items = found.data?.items
  return (
    <section className="stack gap-8">
      <h2>{w.title}</h2>
      {found.error ? <ProblemNote error={found.error} compact /> : null}
      {items?.length === 0 ? <span className="muted">{w.none}</span> : null}
      {items?.map((session) => (
        <Session key={session.id} session={session} />
      ))}
    </section>
  )
}

function Session({ session, children }: { session: LogonSessionView; children?: ReactNode }) {
  const w = useWords(sessionListWords)
  const format = useFormat()
  const nameOf = useRoleName()
  return (
    <div className="credential">
      <Icon name={session.door === 'ssh' || session.door === 'web-terminal' ? 'terminal' : 'host'} size={16} />
      <div className="stack grow">
        <span className="row gap-8 wrap-row">
          <span className="strong">{w.doors[session.door]}</span> {w.from(session.sourceIp || '—')}
          <span className="muted">{session.terminalName ? w.terminal(session.terminalName) : w.unregistered}</span>
        </span>
        <span className="muted small">
          {w.factors[session.firstFactor] ?? session.firstFactor} · {session.role ? `${nameOf(session.role)} · ` : ''}
          {w.since(format.dateTime(session.createdAt))} · {w.seen(format.relative(session.lastSeenAt))}
        </span>
      </div>
      {children}
    </div>
  )
}

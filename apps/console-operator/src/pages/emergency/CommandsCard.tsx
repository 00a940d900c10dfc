import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { emergencyWords } from './emergency-words.ts'

/** What the recordings say was run, each with its place in them, and what the filing says about it. */
export function CommandsCard({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const openedAt = new Map(of.recordings.map((one) => [one.sessionId, one.openedAt]))
  const at = (sessionId: string, atMs: number): string | undefined => {
    const opened = openedAt.get(sessionId)
    return opened ? new Date(Date.parse(opened) + atMs).toISOString() : undefined
  }
  const said = new Map((of.filing?.explanations ?? []).map((one) => [one.seq, one.text]))
  return (
    <Card
      title={w.commands}
      flush
      extra={
        <span className="row gap-8">
          {of.recordings.map((one) => (
            <Link key={one.sessionId} to={paths.session(one.sessionId)}>
              <StatusTag tone={one.state === 'sealed' ? 'good' : 'bad'} icon="watch">
                {format.list(one.targetNames)} · {w.recordingStates[one.state] ?? w.unsealed}
              </StatusTag>
            </Link>
          ))}
          <span className="count">{of.commands.length}</span>
        </span>
      }
    >
      {of.commands.length === 0 ? <EmptyState title={w.noCommands} text={w.noCommandsText} icon="terminal" compact /> : null}
      {of.commands.map((command) => {
        const when = at(command.sessionId, command.atMs)
        return (
          <div key={command.seq} className="emergency-command">
            <span className="faint mono">{command.seq}</span>
            <span className="mono small muted nowrap" title={w.sources[command.source] ?? command.source}>
              {when ? format.timeSeconds(when) : ''}
            </span>
            <code>{command.text}</code>
            <Link
              className="small nowrap"
              to={`${paths.session(command.sessionId)}${when ? `?at=${encodeURIComponent(when)}` : ''}`}
            >
              {w.watch}
            </Link>
            {said.has(command.seq) ? <span className="said muted small">{said.get(command.seq)}</span> : null}
          </div>
        )
      })}
    </Card>
  )
}

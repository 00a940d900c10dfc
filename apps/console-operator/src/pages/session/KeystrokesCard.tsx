import type { SessionView } from '@huabiao/domains/session/session.contract'
import { agreeRefusal, keySideOf, readKeysRefusal } from '@huabiao/domains/session/session-keystroke.model'
import {
  agreeKeystrokes,
  askKeystrokes,
  type KeystrokeRequest,
  listKeystrokeRequests,
  readKeystrokes,
} from '@huabiao/domains/session/session-terminal.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import type { z } from 'zod'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { terminalWords } from './terminal-words.ts'

type Read = z.infer<typeof readKeystrokes.response>

/** Two persons open what was typed, one of audit and one of security; what is read stands on the screen and nowhere else. */
export function KeystrokesCard({ session }: { session: SessionView }) {
  const w = useWords(terminalWords)
  const can = useCan()
  const [asking, setAsking] = useState(false)
  const [shown, setShown] = useState<Read>()
  const call = { params: { sessionId: session.id } }
  const allowed = can('keystroke:open')
  const { data, error } = useApi(listKeystrokeRequests, call, { enabled: allowed, everyMs: 5_000 })
  const ask = useAct(askKeystrokes, { onDone: () => setAsking(false) })
  if (!allowed) return null
  return (
    <Card
      title={w.keys}
      extra={
        <Button
          size="small"
          icon="key"
          disabledReason={data?.refusal ? <RefusalHint code={data.refusal} /> : undefined}
          onClick={() => setAsking(true)}
        >
          {w.ask}
        </Button>
      }
    >
      <div className="stack gap-12">
        <span className="muted small">{w.keysText}</span>
        {error ? <ProblemNote error={error} compact /> : null}
        {data?.items.map((one) => (
          <RequestRow key={one.id} session={session} request={one} onRead={setShown} />
        ))}
        {data?.items.length === 0 ? <span className="faint">{w.noRequests}</span> : null}
      </div>
      {asking ? (
        <ReasonDialog
          title={w.ask}
          words={{ reason: w.reason, hint: w.reasonHint, act: w.ask, cancel: w.cancel }}
          tone="primary"
          busy={ask.isPending}
          error={ask.error}
          onConfirm={(reason) => ask.mutate({ ...call, body: { reason } })}
          onClose={() => setAsking(false)}
        />
      ) : null}
      <KeysDrawer shown={shown} onClose={() => setShown(undefined)} />
    </Card>
  )
}

function RequestRow({
  session,
  request,
  onRead,
}: {
  session: SessionView
  request: KeystrokeRequest
  onRead: (read: Read) => void
}) {
  const w = useWords(terminalWords)
  const me = useMe()
  const format = useFormat()
  const params = { sessionId: session.id, requestId: request.id }
  const agree = useAct(agreeKeystrokes)
  const read = useAct(readKeystrokes, { onDone: onRead })
  const side = keySideOf(me.role === null ? me.roles : [me.role])
  const at = { personId: me.person.id, side, now: new Date() }
  const took = { executorId: session.executorId, reviewerId: session.reviewerId }
  const of = {
    askedBy: request.askedById,
    askedSide: request.askedSide,
    agreedBy: request.agreedById,
    agreedSide: request.agreedBy ? other(request.askedSide) : null,
    expiresAt: new Date(request.expiresAt),
  }
  const [noAgree, noRead] = [agreeRefusal(took, of, at), readKeysRefusal(took, of, at)]
  const over = at.now >= of.expiresAt
  return (
    <div className="row gap-12 wrap-row keystroke-request">
      <StatusTag tone={over ? 'neutral' : request.agreedBy ? 'good' : 'wait'}>
        {over ? w.over : request.agreedBy ? w.agreed : w.waits}
      </StatusTag>
      <span className="grow">
        {request.reason}
        <span className="muted small">
          {' '}
          · {w.sides[request.askedSide]} {request.askedBy} {format.dateTime(request.askedAt)}
          {request.agreedBy ? ` · ${w.sides[other(request.askedSide)]} ${request.agreedBy}` : ''}
        </span>
      </span>
      {request.agreedBy === null && !over ? (
        <Button
          size="small"
          busy={agree.isPending}
          disabledReason={noAgree ? <RefusalHint code={noAgree} /> : undefined}
          onClick={() => agree.mutate({ params })}
        >
          {w.agree}
        </Button>
      ) : null}
      {over ? null : (
        <Button
          size="small"
          tone="primary"
          busy={read.isPending}
          disabledReason={noRead ? <RefusalHint code={noRead} /> : undefined}
          onClick={() => read.mutate({ params })}
        >
          {w.read}
        </Button>
      )}
      {agree.error ? <ProblemNote error={agree.error} compact /> : null}
      {read.error ? <ProblemNote error={read.error} compact /> : null}
    </div>
  )
}
const other = (side: 'audit' | 'security'): 'audit' | 'security' => (side === 'audit' ? 'security' : 'audit')

function KeysDrawer({ shown, onClose }: { shown: Read | undefined; onClose: () => void }) {
  const w = useWords(terminalWords)
  const format = useFormat()
  return (
    <Drawer title={w.typed} open={shown !== undefined} onClose={onClose} width={640}>
      <div className="stack gap-12">
        <span className="muted small">{w.typedText}</span>
        <div className="typed-pieces">
          {shown?.pieces.map((piece, index) => (
            <div key={index} className="row gap-12">
              <span className="mono small muted nowrap">{format.duration(piece.atMs)}</span>
              <code className="wrap-anywhere">{piece.text}</code>
            </div>
          ))}
        </div>
        {shown?.cut ? <span className="bad small">{w.cut}</span> : null}
      </div>
    </Drawer>
  )
}

import { useState } from 'react'
import { Button } from '../primitives/Button.tsx'
import { TextArea } from '../primitives/Field.tsx'
import { Dialog } from '../primitives/Overlay.tsx'
import { ProblemNote } from './RefusalNote.tsx'

/** Asks why before something is taken back; without a reason it stays. */
export function ReasonDialog({
  title,
  words,
  tone = 'danger-solid',
  busy,
  error,
  onConfirm,
  onClose,
}: {
  title: string
  words: { reason: string; hint: string; act: string; cancel: string }
  /** Of the button: what gives something is no danger. */
  tone?: 'primary' | 'danger-solid'
  busy: boolean
  error: unknown
  onConfirm: (reason: string) => void
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={title}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            tone={tone}
            busy={busy}
            disabledReason={reason.trim() ? undefined : words.hint}
            onClick={() => onConfirm(reason)}
          >
            {words.act}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <TextArea label={words.reason} value={reason} onChange={setReason} required maxLength={500} rows={3} hint={words.hint} />
      </div>
    </Dialog>
  )
}

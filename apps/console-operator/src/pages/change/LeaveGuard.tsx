import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useEffect } from 'react'
import { useBlocker } from 'react-router'
import { editorWords } from './editor-words.ts'

/** Nothing typed is lost by a wrong click: leaving asks first, inside the console and by closing the page. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const w = useWords(editorWords)
  const blocker = useBlocker(dirty)
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => event.preventDefault()
    if (dirty) window.addEventListener('beforeunload', guard)
    return () => window.removeEventListener('beforeunload', guard)
  }, [dirty])
  return (
    <Dialog
      title={w.leave}
      open={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      footer={
        <>
          <Button tone="danger" onClick={() => blocker.proceed?.()}>
            {w.discard}
          </Button>
          <Button tone="primary" onClick={() => blocker.reset?.()}>
            {w.stay}
          </Button>
        </>
      }
    >
      <p>{w.leaveText}</p>
    </Dialog>
  )
}

import { useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'
import { IconButton } from './Button.tsx'

async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  // Without https the clipboard interface is missing; the selection still copies.
  const box = document.createElement('textarea')
  box.value = text
  document.body.append(box)
  box.select()
  document.execCommand('copy')
  box.remove()
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const words = useWords(uiWords)
  const [done, setDone] = useState(false)
  const press = () => {
    copy(text).then(
      () => {
        setDone(true)
        setTimeout(() => setDone(false), 1500)
      },
      () => setDone(false),
    )
  }
  return <IconButton icon={done ? 'check' : 'copy'} label={done ? words.copied : `${words.copy} ${label}`} onClick={press} />
}

/** A digest cut to what eyes can compare (8 + 6), copied whole. */
export function HashChip({ hash, label, long }: { hash: string; label: string; long?: boolean }) {
  return (
    <span className="hash-chip" title={hash}>
      <code className={long ? 'wrap' : ''}>{long || hash.length <= 18 ? hash : `${hash.slice(0, 8)}…${hash.slice(-6)}`}</code>
      <CopyButton text={hash} label={label} />
    </span>
  )
}

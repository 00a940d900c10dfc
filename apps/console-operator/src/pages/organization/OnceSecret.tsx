import './once.css'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import type { ReactNode } from 'react'

/** Shown once; it is nowhere else afterwards. Rows of the same frame may stand before it. */
export function OnceSecret(props: { label: string; secret: string; text: string; children?: ReactNode }) {
  const { label, secret, text, children } = props
  return (
    <div className="stack gap-12">
      <div className="once">
        {children}
        <span className="muted small">{label}</span>
        <span className="row gap-4">
          <code className="once-secret wrap">{secret}</code>
          <CopyButton text={secret} label={label} />
        </span>
      </div>
      <p className="muted">{text}</p>
    </div>
  )
}

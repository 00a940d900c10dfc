import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef } from 'react'
import { useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'

export interface OtpFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  /** Called once, when the sixth digit is in. */
  onComplete: (value: string) => void
  invalid?: boolean
  disabled?: boolean
  autoFocus?: boolean
}
const places = [0, 1, 2, 3, 4, 5] as const

/** Six digits that move on by themselves, take a paste, and go back on backspace. */
export function OtpField({ label, value, onChange, onComplete, invalid, disabled, autoFocus }: OtpFieldProps) {
  const words = useWords(uiWords)
  const boxes = useRef<(HTMLInputElement | null)[]>([])
  useEffect(() => {
    if (autoFocus && value === '' && !disabled) boxes.current[0]?.focus()
  }, [autoFocus, value, disabled])
  const put = (at: number, typed: string) => {
    const digits = typed.replace(/\D/g, '')
    if (digits === '') return
    const next = (value.slice(0, at) + digits).slice(0, 6)
    onChange(next)
    boxes.current[Math.min(5, next.length)]?.focus()
    if (next.length === 6) onComplete(next)
  }
  const press = (at: number, event: KeyboardEvent) => {
    if (event.key === 'Backspace') {
      event.preventDefault()
      onChange(value.slice(0, value.length > at ? at : Math.max(0, at - 1)))
      boxes.current[Math.max(0, value.length > at ? at : at - 1)]?.focus()
    }
    if (event.key === 'ArrowLeft') boxes.current[Math.max(0, at - 1)]?.focus()
    if (event.key === 'ArrowRight') boxes.current[Math.min(5, at + 1)]?.focus()
  }
  const paste = (event: ClipboardEvent) => {
    event.preventDefault()
    put(0, event.clipboardData.getData('text'))
  }
  return (
    <fieldset className={`otp${invalid ? ' invalid' : ''}`} aria-label={label}>
      {places.map((at) => (
        <input
          key={at}
          ref={(box) => {
            boxes.current[at] = box
          }}
          aria-label={words.otpDigit(at + 1)}
          aria-invalid={invalid || undefined}
          inputMode="numeric"
          autoComplete={at === 0 ? 'one-time-code' : 'off'}
          disabled={disabled}
          value={value[at] ?? ''}
          onChange={(event) => put(at, event.target.value.slice(value[at] ? 1 : 0) || event.target.value)}
          onKeyDown={(event) => press(at, event)}
          onPaste={paste}
          onFocus={(event) => event.target.select()}
        />
      ))}
    </fieldset>
  )
}

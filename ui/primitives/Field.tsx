import { type InputHTMLAttributes, type ReactNode, type Ref, useId, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'
import { IconButton } from './Button.tsx'
import { Icon, type IconName } from './Icon.tsx'

export interface FieldProps {
  /** Required: every control is named for screen readers and for tests. */
  label: string
  hideLabel?: boolean
  required?: boolean
  hint?: ReactNode
  error?: ReactNode
  warning?: ReactNode
  aside?: ReactNode
}
interface Wired {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
  'aria-required': true | undefined
}

/** Label, control, hint and error, wired together. */
export function Field({
  label,
  hideLabel,
  required,
  hint,
  error,
  warning,
  aside,
  children,
}: FieldProps & { children: (wired: Wired) => ReactNode }) {
  const id = useId()
  const words = useWords(uiWords)
  const note = error ?? warning ?? hint
  const wired: Wired = {
    id,
    'aria-describedby': note ? `${id}-note` : undefined,
    'aria-invalid': error ? true : undefined,
    'aria-required': required || undefined,
  }
  return (
    <div className="field">
      <div className={hideLabel ? 'visually-hidden' : 'field-label'}>
        <label htmlFor={id}>{label}</label>
        {required ? (
          <span className="required" aria-hidden title={words.required}>
            *
          </span>
        ) : null}
        {aside ? <span className="push">{aside}</span> : null}
      </div>
      {children(wired)}
      {note ? (
        <div id={`${id}-note`} className={error ? 'field-error' : warning ? 'field-warning' : 'field-hint'}>
          {note}
        </div>
      ) : null}
    </div>
  )
}

type Native = Pick<
  InputHTMLAttributes<HTMLInputElement>,
  'placeholder' | 'maxLength' | 'readOnly' | 'disabled' | 'autoComplete' | 'autoFocus' | 'inputMode' | 'spellCheck' | 'name'
>
export interface TextFieldProps extends FieldProps, Native {
  value: string
  onChange: (value: string) => void
  onBlur?: () => void
  onEnter?: () => void
  size?: 'small' | 'medium' | 'large'
  mono?: boolean
  icon?: IconName
  type?: 'text' | 'search' | 'email'
  ref?: Ref<HTMLInputElement>
}
const inputClass = (size?: string, mono?: boolean): string =>
  `input${size && size !== 'medium' ? ` ${size}` : ''}${mono ? ' mono' : ''}`

export function TextField(props: TextFieldProps) {
  const {
    value,
    onChange,
    onBlur,
    onEnter,
    size,
    mono,
    icon,
    type = 'text',
    ref,
    label,
    hideLabel,
    required,
    hint,
    error,
    warning,
    aside,
    ...native
  } = props
  return (
    <Field {...{ label, hideLabel, required, hint, error, warning, aside }}>
      {(wired) => {
        const input = (
          <input
            {...native}
            {...wired}
            ref={ref}
            type={type}
            className={inputClass(size, mono)}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            onBlur={onBlur}
            onKeyDown={onEnter ? (event) => event.key === 'Enter' && !event.nativeEvent.isComposing && onEnter() : undefined}
          />
        )
        return icon ? (
          <span className="input-affix">
            <Icon name={icon} />
            {input}
          </span>
        ) : (
          input
        )
      }}
    </Field>
  )
}

/** What narrows a list or a page: named for screen readers, and says the same in the empty field. */
export function SearchField({
  maxLength = 100,
  ...props
}: Pick<TextFieldProps, 'label' | 'value' | 'onChange' | 'size' | 'maxLength' | 'autoFocus' | 'aside'>) {
  return <TextField {...props} maxLength={maxLength} placeholder={props.label} hideLabel icon="search" type="search" />
}

export function PasswordField(props: Omit<TextFieldProps, 'type' | 'icon' | 'mono'>) {
  const [shown, setShown] = useState(false)
  const words = useWords(uiWords)
  const { value, onChange, onEnter, onBlur, size, ref, label, hideLabel, required, hint, error, warning, aside, ...native } =
    props
  return (
    <Field {...{ label, hideLabel, required, hint, error, warning, aside }}>
      {(wired) => (
        <span className="input-affix">
          <input
            {...native}
            {...wired}
            ref={ref}
            type={shown ? 'text' : 'password'}
            className={inputClass(size)}
            style={{ paddingInlineEnd: 40 }}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            onBlur={onBlur}
            onKeyDown={onEnter ? (event) => event.key === 'Enter' && onEnter() : undefined}
          />
          <span style={{ position: 'absolute', insetInlineEnd: 6 }}>
            <IconButton
              icon={shown ? 'hide' : 'watch'}
              label={shown ? words.hidePassword : words.showPassword}
              pressed={shown}
              onClick={() => setShown(!shown)}
            />
          </span>
        </span>
      )}
    </Field>
  )
}

export interface TextAreaProps extends FieldProps {
  value: string
  onChange: (value: string) => void
  rows?: number
  mono?: boolean
  placeholder?: string
  readOnly?: boolean
  maxLength?: number
  autoFocus?: boolean
}
export function TextArea({
  value,
  onChange,
  rows = 3,
  mono,
  placeholder,
  readOnly,
  maxLength,
  autoFocus,
  ...field
}: TextAreaProps) {
  return (
    <Field {...field}>
      {(wired) => (
        <textarea
          {...wired}
          // biome-ignore lint/a11y/noAutofocus: the one field of a dialog that was just asked for
          autoFocus={autoFocus}
          className={inputClass('medium', mono)}
          rows={rows}
          value={value}
          placeholder={placeholder}
          readOnly={readOnly}
          maxLength={maxLength}
          spellCheck={!mono}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface NumberFieldProps extends FieldProps {
  value: number | null
  onChange: (value: number | null) => void
  min?: number
  max?: number
  unit?: string
  readOnly?: boolean
}
export function NumberField({ value, onChange, min, max, unit, readOnly, ...field }: NumberFieldProps) {
  return (
    <Field {...field}>
      {(wired) => (
        <span className="row gap-6">
          <input
            {...wired}
            type="number"
            className="input"
            min={min}
            max={max}
            readOnly={readOnly}
            value={value ?? ''}
            onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
          />
          {unit ? <span className="muted small nowrap">{unit}</span> : null}
        </span>
      )}
    </Field>
  )
}

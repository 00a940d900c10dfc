import type { ReactNode } from 'react'
import { Field, type FieldProps } from './Field.tsx'

export interface Option<V extends string> {
  value: V
  label: string
  disabled?: boolean
}
export interface SelectFieldProps<V extends string> extends FieldProps {
  value: V | ''
  onChange: (value: V) => void
  options: readonly Option<V>[]
  placeholder?: string
  size?: 'small' | 'medium'
  readOnly?: boolean
}
/** One of a few: the browser's own list, which every keyboard and screen reader knows. */
export function SelectField<V extends string>({
  value,
  onChange,
  options,
  placeholder,
  size,
  readOnly,
  ...field
}: SelectFieldProps<V>) {
  return (
    <Field {...field}>
      {(wired) => (
        <select
          {...wired}
          className={`input${size === 'small' ? ' small' : ''}`}
          value={value}
          disabled={readOnly}
          onChange={(event) => onChange(event.target.value as V)}
        >
          {placeholder !== undefined ? (
            <option value="" disabled={field.required}>
              {placeholder}
            </option>
          ) : null}
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function Checkbox({
  checked,
  onChange,
  children,
  disabled,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
  disabled?: boolean
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
    </label>
  )
}

/** A few exclusive choices side by side. */
export function Segmented<V extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: V
  onChange: (value: V) => void
  options: readonly Option<V>[]
}) {
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: looks like one control with parts, behaves as radio buttons
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}

import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import { Field, type FieldProps } from './Field.tsx'

export interface DateTimeFieldProps extends FieldProps {
  /** ISO 8601 with offset, as the contracts carry it. */
  value: string | null
  onChange: (value: string | null) => void
  readOnly?: boolean
  dateOnly?: boolean
  /** Only from now on, and no further ahead than this. */
  maxDays?: number
}
/** A moment to the minute; typing `2026-11-24 22:00` works as well as picking. */
export function DateTimeField({ value, onChange, readOnly, dateOnly, maxDays, ...field }: DateTimeFieldProps) {
  return (
    <Field {...field}>
      {(wired) => (
        <DatePicker
          {...wired}
          style={{ width: '100%' }}
          format={dateOnly ? 'YYYY-MM-DD' : 'YYYY-MM-DD HH:mm'}
          showTime={dateOnly ? false : { format: 'HH:mm', minuteStep: 5 }}
          needConfirm={false}
          value={value ? dayjs(value) : null}
          disabled={readOnly === true}
          {...(maxDays ? { minDate: dayjs(), maxDate: dayjs().add(maxDays, 'day') } : {})}
          onChange={(next) => onChange(next ? next.toDate().toISOString() : null)}
          {...(field.error ? { status: 'error' as const } : {})}
        />
      )}
    </Field>
  )
}

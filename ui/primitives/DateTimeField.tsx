import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import timezone from 'dayjs/plugin/timezone'
import utc from 'dayjs/plugin/utc'
import { Field, type FieldProps } from './Field.tsx'
import { entered, shown } from './picked-time.ts'

// The picker's own "now" and today: it asks this where the zone is set.
dayjs.extend(utc)
dayjs.extend(timezone)
dayjs.tz.setDefault('Asia/Shanghai')

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
          value={value ? shown(new Date(value)) : null}
          disabled={readOnly === true}
          {...(maxDays ? { minDate: shown(new Date()), maxDate: shown(new Date()).add(maxDays, 'day') } : {})}
          onChange={(next) => onChange(next ? entered(next) : null)}
          {...(field.error ? { status: 'error' as const } : {})}
        />
      )}
    </Field>
  )
}

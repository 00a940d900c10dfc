import { beijingMoment, beijingTime } from '@huabiao/kit/calendar/calendar'
import dayjs, { type Dayjs } from 'dayjs'

/** A picker reads and writes the hands of a clock; they are Beijing's, whatever zone the station is set to. */
export const shown = (at: Date): Dayjs => dayjs(beijingTime(at))
export const entered = (picked: Pick<Dayjs, 'format'>): string =>
  beijingMoment(picked.format('YYYY-MM-DD HH:mm:ss')).toISOString()

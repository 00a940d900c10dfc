import { beijingTime } from '@huabiao/kit/calendar/calendar'
import { useEffect, useMemo, useState } from 'react'
import { type Language, useLanguage } from './language.tsx'

const pad = (n: number): string => String(n).padStart(2, '0')
type Moment = string | number | Date
/** All in Beijing's time, as windows, deadlines and calendars are: a station set to another zone must not show another hour. */
const seconds = (at: Moment): string => beijingTime(new Date(at))
const day = (at: Moment): string => seconds(at).slice(0, 10)
const clock = (at: Moment): string => seconds(at).slice(11, 16)

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

function relative(formatter: Intl.RelativeTimeFormat, ms: number, language: Language): string {
  for (const [unit, size] of units) if (Math.abs(ms) >= size) return formatter.format(Math.trunc(ms / size), unit)
  return language === 'en' ? 'just now' : '刚刚'
}

/** `1:02:03` or `02:03`: a clock face, not a sentence, so it is the same in both languages. */
export function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`
}

/** Digits with the largest two units: `2 小时 5 分`, `3 d 4 h`. */
function duration(ms: number, language: Language): string {
  const zh = language === 'zh-CN'
  if (ms < 1000) return zh ? `${Math.round(ms)} 毫秒` : `${Math.round(ms)} ms`
  const total = Math.round(ms / 1000)
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), zh ? '天' : 'd'],
    [Math.floor(total / 3600) % 24, zh ? '小时' : 'h'],
    [Math.floor(total / 60) % 60, zh ? '分' : 'min'],
    [total % 60, zh ? '秒' : 's'],
  ]
  const from = parts.findIndex(([n]) => n > 0)
  return parts
    .slice(from, from + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ')
}

function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  const at = Math.min(3, Math.floor(Math.log2(n) / 10))
  return `${(n / 1024 ** at).toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB'][at]}`
}

/** Dates in ISO order in both languages: an auditor must never ask whether 03-04 is March. */
export function useFormat() {
  const { language } = useLanguage()
  return useMemo(() => {
    const formatter = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: language === 'en' ? 'short' : 'long' })
    const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'Asia/Shanghai' })
    const number = new Intl.NumberFormat(language)
    return {
      dateTime: (at: Moment) => seconds(at).slice(0, 16),
      seconds,
      timeSeconds: (at: Moment) => seconds(at).slice(11),
      date: day,
      monthDay: (at: Moment) => day(at).slice(5),
      time: clock,
      weekday: (at: Moment) => weekday.format(new Date(at)),
      relative: (at: Moment, now: number = Date.now()) => relative(formatter, new Date(at).getTime() - now, language),
      /** A span of time on one line: the day is said twice only where it differs. */
      span: (from: Moment, to: Moment) =>
        `${day(from)} ${clock(from)} – ${day(from) === day(to) ? '' : `${day(to).slice(5)} `}${clock(to)}`,
      /** The same for a list of near days: the year only where it is another. */
      nearSpan: (from: Moment, to: Moment) => {
        const start = day(from).slice(0, 4) === day(Date.now()).slice(0, 4) ? day(from).slice(5) : day(from)
        return `${start} ${clock(from)} – ${day(from) === day(to) ? '' : `${day(to).slice(5)} `}${clock(to)}`
      },
      duration: (ms: number) => duration(ms, language),
      number: (n: number) => number.format(n),
      /** Names in a row: `甲、乙`, `a, b`. */
      list: (items: readonly string[]) => items.join(language === 'en' ? ', ' : '、'),
      /** What might hold a comma of its own: `…；…`, `…; …`. */
      clauses: (items: readonly string[]) => items.join(language === 'en' ? '; ' : '；'),
      labelled: (label: string, text: string) => `${label}${language === 'en' ? ': ' : '：'}${text}`,
      bytes,
    }
  }, [language])
}

/** The time now, ticking; `offsetMs` moves it to the server's clock. */
export function useNow(everyMs = 1000, offsetMs = 0): number {
  const [now, setNow] = useState(() => Date.now() + offsetMs)
  useEffect(() => {
    setNow(Date.now() + offsetMs)
    const timer = setInterval(() => setNow(Date.now() + offsetMs), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, offsetMs])
  return now
}

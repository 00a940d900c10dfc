import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { useFormat } from './format.tsx'
import { type Language, LanguageProvider } from './language.tsx'

type Format = ReturnType<typeof useFormat>
/** What a page would show. */
function shown(language: Language, say: (format: Format) => string): string {
  const Page = () => say(useFormat())
  return renderToStaticMarkup(
    <LanguageProvider initial={language}>
      <Page />
    </LanguageProvider>,
  )
}

test('names stand in a row as the language of the reader separates them', () => {
  const say = (format: Format): string => format.labelled(format.list(['a', 'b']), format.clauses(['c', 'd']))
  expect(shown('zh-CN', say)).toBe('a、b：c；d')
  expect(shown('en', say)).toBe('a, b: c; d')
})

test('hours, days and weekdays are Beijing’s, whatever zone the station is set to', () => {
  // At every hour of a day some zone of the world shows another day than Beijing.
  for (let hour = 0; hour < 24; hour += 1) {
    const at = `2026-11-25T${String(hour).padStart(2, '0')}:30:15+08:00`
    expect(shown('zh-CN', (format) => `${format.seconds(at)} ${format.weekday(at)}`)).toBe(
      `${at.slice(0, 10)} ${at.slice(11, 19)} 周三`,
    )
  }
  const turn = ['2026-12-31T23:00:00+08:00', '2027-01-01T02:00:00+08:00'] as const
  expect(shown('en', (format) => format.span(...turn))).toBe('2026-12-31 23:00 – 01-01 02:00')
})

import { fill } from '@huabiao/ui/i18n/fill'
import { useLanguage } from '@huabiao/ui/i18n/language'

/** Words of guards, reasons, lint findings and risk factors, from the change domain's own phrases. */
type Text = { readonly zh: string; readonly en: string }
const files = import.meta.glob<Record<string, Record<string, Text>>>('../../../../../domains/change/change*.phrases.ts', {
  eager: true,
})
const book: Record<string, Text> = Object.assign({}, ...Object.values(files).flatMap((file) => Object.values(file)))

export interface CodeWords {
  of(code: string, params?: Readonly<Record<string, string | number>>): string
  guard(id: string): string
  factor(factor: string, params: Readonly<Record<string, string | number>>): string
}
export function useCodeWords(): CodeWords {
  const { language } = useLanguage()
  const of = (code: string, params: Readonly<Record<string, string | number>> = {}): string => {
    const found = book[code]
    return found ? fill(language === 'en' ? found.en : found.zh, params) : code
  }
  return {
    of,
    guard: (id) => (book[id] ? of(id) : ''),
    factor: (factor, params) => of(book[`risk.${factor}`] ? `risk.${factor}` : factor, params),
  }
}
/** `guard.source_missing:telemetry` has its source after the colon. */
export function reasonText(words: CodeWords, code: string): string {
  const [name = '', of = ''] = code.split(':')
  return words.of(name, { source: of, of, no: of })
}

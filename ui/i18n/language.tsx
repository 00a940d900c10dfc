import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'

export const languages = ['zh-CN', 'en'] as const
export type Language = (typeof languages)[number]

/** Words of one page or domain in every language; zh-CN is the source and gives the type. */
export type Dictionary<T> = Readonly<Record<Language, T>>
export const dictionary = <T,>(zh: T, en: NoInfer<T>): Dictionary<T> => ({ 'zh-CN': zh, en })

interface LanguageChoice {
  language: Language
  setLanguage: (language: Language) => void
}
const LanguageContext = createContext<LanguageChoice>({ language: 'zh-CN', setLanguage: () => undefined })

const storageKey = 'huabiao.language'
const stored = (): Language => {
  try {
    return localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export function LanguageProvider({ children, initial }: { children: ReactNode; initial?: Language }) {
  const [language, setLanguage] = useState<Language>(() => initial ?? stored())
  useEffect(() => {
    document.documentElement.lang = language
    try {
      localStorage.setItem(storageKey, language)
    } catch {
      // A browser without storage keeps the choice for this page only.
    }
  }, [language])
  const choice = useMemo(() => ({ language, setLanguage }), [language])
  return <LanguageContext value={choice}>{children}</LanguageContext>
}

export const useLanguage = (): LanguageChoice => use(LanguageContext)
/** The words of a dictionary in the reader's language. */
export const useWords = <T,>(words: Dictionary<T>): T => words[use(LanguageContext).language]

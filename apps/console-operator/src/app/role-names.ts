import { isRole, roles } from '@huabiao/domains/access/access.model'
import { useLanguage } from '@huabiao/ui/i18n/language'

/** A role by its code in the reader's language; an unknown code stays itself. */
export function useRoleName(): (code: string) => string {
  const { language } = useLanguage()
  return (code) => (isRole(code) ? roles[code][language === 'en' ? 'en' : 'zh'] : code)
}

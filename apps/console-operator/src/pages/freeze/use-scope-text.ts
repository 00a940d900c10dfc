import type { FreezeItem } from '@huabiao/domains/freeze/freeze.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { freezeWords } from './freeze-words.ts'

/** What a freeze holds, in words. */
export function useScopeText(): (freeze: FreezeItem) => string {
  const w = useWords(freezeWords)
  const format = useFormat()
  return ({ scope, scopeNames, everybody }) =>
    scope === 'deployment' ? w.wholeOf[everybody ? 'true' : 'false'] : format.labelled(w.scopes[scope], format.list(scopeNames))
}

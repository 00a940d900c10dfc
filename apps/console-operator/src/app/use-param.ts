import { useSearchParams } from 'react-router'

/**
 * The address with some of its parameters set anew; empty takes one away. It begins from the address as it is, not as it was last drawn: on
 * a busy machine a page is drawn later than it was left, and what was opened meanwhile would be closed again.
 */
export function withParams(params: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const next = new URLSearchParams(window.location.search)
  for (const [name, value] of Object.entries(params))
    if (value) next.set(name, value)
    else next.delete(name)
  return next
}

/** One filter of a page, kept in the address, so that a view can be sent to somebody. */
export function useParam(name: string): readonly [value: string, set: (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  return [search.get(name) ?? '', (value) => setSearch(withParams({ [name]: value }), { replace: true })]
}

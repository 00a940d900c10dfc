import { useSearchParams } from 'react-router'

/** One filter of a page, kept in the address, so that a view can be sent to somebody. */
export function useParam(name: string): readonly [value: string, set: (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  return [
    search.get(name) ?? '',
    (value) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before)
          if (value) next.set(name, value)
          else next.delete(name)
          return next
        },
        { replace: true },
      ),
  ]
}

import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import { withParams } from './use-param.ts'

/** A text filter kept in the address: typed at once, asked for when the typing rests. */
export function useSearchText(name: string): readonly [typed: string, set: (text: string) => void, asked: string] {
  const [search, setSearch] = useSearchParams()
  const asked = search.get(name) ?? ''
  const [typed, setTyped] = useState(asked)
  useEffect(() => {
    if (typed === asked) return
    const timer = setTimeout(() => setSearch(withParams({ [name]: typed }), { replace: true }), 250)
    return () => clearTimeout(timer)
  }, [typed, asked, name, setSearch])
  return [typed, setTyped, asked]
}

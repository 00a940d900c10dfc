/** Where somebody wanted to go before they went away to their provider: kept for this tab alone. */
const key = 'huabiao-next'

export function keepNext(next: string | null): void {
  if (next) sessionStorage.setItem(key, next)
  else sessionStorage.removeItem(key)
}
export function takeNext(): string | null {
  const next = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  return next
}

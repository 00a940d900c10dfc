/** Where a finding lies: the step by number and the part by name; the path itself is for machines. */
export interface PlaceWords {
  stepNo(n: number): string
  batchNo(n: number): string
  places: Readonly<Record<string, string>>
}
export function placeOf(at: string, w: PlaceWords): string {
  const [, list, index, rest] = /^(steps|batches)\[(\d+)\]\.?(.*)$/.exec(at) ?? []
  if (list === undefined) return w.places[at.split('.')[0] ?? at] ?? at
  const part = w.places[rest?.split('.')[0] ?? '']
  const name = list === 'steps' ? w.stepNo(Number(index) + 1) : w.batchNo(Number(index) + 1)
  return part ? `${name} · ${part}` : name
}

/** Brings the field of a finding before the eyes and the keyboard: the narrowest marked part that holds it. */
export function jumpTo(at: string): void {
  const marked = [...document.querySelectorAll<HTMLElement>('[data-at]')]
  const found = marked
    .filter((one) => at === one.dataset.at || at.startsWith(`${one.dataset.at}.`) || at.startsWith(`${one.dataset.at}[`))
    .sort((a, b) => (b.dataset.at?.length ?? 0) - (a.dataset.at?.length ?? 0))[0]
  if (!found) return
  const fold = found.closest('details')
  if (fold) fold.open = true
  found.scrollIntoView({ block: 'center' })
  found.querySelector<HTMLElement>('input, textarea, select, button')?.focus({ preventScroll: true })
}

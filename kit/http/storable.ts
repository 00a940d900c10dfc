/** More levels than any contract has; beyond, a walk by recursion could exhaust the stack. */
const deepest = 64

/** Whether text and nesting of a parsed value can be stored: PostgreSQL has no NUL in a text, JSON in UTF-8 no half of a surrogate pair. */
export function isStorable(value: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: one, depth } = next
    if (typeof one === 'string') {
      if (one.includes('\0') || !one.isWellFormed()) return false
    } else if (typeof one === 'object' && one !== null) {
      if (depth === deepest) return false
      for (const [key, inner] of Object.entries(one)) {
        if (key.includes('\0') || !key.isWellFormed()) return false
        open.push({ value: inner, depth: depth + 1 })
      }
    }
  }
  return true
}

/** Puts what a sentence is about into its places (`{key}`); a place that nothing is known for stays as it is. */
export const fill = (text: string, params: Readonly<Record<string, unknown>>): string =>
  text.replace(/\{([a-zA-Z]+)\}/g, (place, name: string) => {
    const value = params[name]
    return value === undefined ? place : Array.isArray(value) ? value.join(', ') : String(value)
  })

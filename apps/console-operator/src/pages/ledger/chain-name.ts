/** A chain without a unit is the platform's own: what the parts of the platform did by themselves. */
export const chainName = (tenantName: string, words: { platformChain: string }): string =>
  tenantName === '' || tenantName === '—' ? words.platformChain : tenantName

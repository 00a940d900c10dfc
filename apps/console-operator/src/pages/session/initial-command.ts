/**
 * The line that a link may ask the prompt to run: plain words of verbs that open something, nothing else. Whoever follows a link sees
 * the line typed before them; it can do no more than they could.
 */
const plain = /^(terminal|open|run)( [A-Za-z0-9._-]{1,120}){1,3}$/

export const initialCommand = (wanted: string | null): string | undefined =>
  wanted !== null && plain.test(wanted) ? wanted : undefined

export const terminalCommand = (of: { readonly no: string; readonly targetName: string; readonly account: string }): string =>
  `terminal ${of.no} ${of.targetName} ${of.account}`

import { paths } from './paths.ts'

/** Only a path of our own: a foreign address after the logon would be an open redirect. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : paths.home

import type { IdentityRefusal } from './identity.model.ts'

/** Password policy (口令策略): GB/T 22239 8.1.4.1 a and the account norm of the provider. */
export const passwordLengthMin = 12
export const passwordClassesMin = 3
export const passwordHistory = 5
export const passwordAgeMinMs = 24 * 3_600_000
export const passwordAgeMaxMs = 90 * 24 * 3_600_000

/** Words that real lists of leaked passwords are built of; looked for after undoing the usual substitutions. */
const common = [
  'password',
  'passw0rd',
  'qwerty',
  'qazwsx',
  '1qaz2wsx',
  'asdfgh',
  'zxcvbn',
  'admin',
  'root',
  'letmein',
  'welcome',
  'iloveyou',
  'woaini',
  'huabiao',
  'zhengwu',
  'changeme',
  'p@ssword',
  'abc123',
  'a1b2c3',
  '123456',
  '654321',
  '112233',
  '111111',
  '000000',
  '888888',
  '666666',
  '123123',
  '5201314',
] as const

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
    .replaceAll('0', 'o')
    .replaceAll('3', 'e')
    .replaceAll('1', 'l')
    .replaceAll('!', 'l')
    .replaceAll('5', 's')
    .replaceAll('7', 't')

export function passwordClasses(password: string): number {
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u]
  return kinds.filter((kind) => kind.test(password)).length
}

/** What the password must not contain: login, name, and their parts of at least three letters. */
function ownWords(owner: { login: string; name: string; nameEn: string }): string[] {
  return [owner.login, ...owner.login.split(/[._-]/), owner.name, owner.nameEn, ...owner.nameEn.split(/\s+/)]
    .map((word) => word.toLowerCase().replace(/\s+/g, ''))
    .filter((word) => word.length >= 3 || /\p{Script=Han}{2}/u.test(word))
}

/** How much of a password is left when common words and runs (aaaa, 1234, 9876) are taken out. */
function rest(password: string): string {
  let left = password.toLowerCase()
  for (const word of [...common].sort((a, b) => b.length - a.length)) left = left.replaceAll(word, '')
  let undone = plain(left)
  for (const word of common) undone = undone.replaceAll(plain(word), '')
  return [...undone]
    .filter((letter, i, all) => {
      const step = i > 0 ? letter.codePointAt(0)! - all[i - 1]!.codePointAt(0)! : 9
      return Math.abs(step) > 1
    })
    .join('')
}

/** Why a new password will not do; undefined when it will. History and age are asked elsewhere: they need the stored hashes. */
export function passwordRefusal(
  password: string,
  owner: { login: string; name: string; nameEn: string },
): IdentityRefusal | undefined {
  if ([...password].length < passwordLengthMin) return 'identity.password_too_short'
  if (passwordClasses(password) < passwordClassesMin) return 'identity.password_too_simple'
  const low = password.toLowerCase().replace(/\s+/g, '')
  const reversed = [...low].reverse().join('')
  if (ownWords(owner).some((word) => low.includes(word) || reversed.includes(word))) return 'identity.password_contains_name'
  // Something must remain that is the person's own: a common word with decorations is still a common word.
  return new Set(rest(password)).size < 5 ? 'identity.password_common' : undefined
}

/** A password may be changed once a day, so that nobody cycles through the history back to the old one; a forced change is exempt. */
export const ageRefusal = (state: { changedAt: Date; mustChange: boolean }, at: Date): IdentityRefusal | undefined =>
  !state.mustChange && at.getTime() - state.changedAt.getTime() < passwordAgeMinMs ? 'identity.password_too_young' : undefined

export const isExpired = (state: { changedAt: Date | null; mustChange: boolean }, at: Date): boolean =>
  state.mustChange || state.changedAt === null || at.getTime() - state.changedAt.getTime() >= passwordAgeMaxMs

/**
 * What a rotation runs on a target, in POSIX sh. Public keys hold nothing that a shell would read: `ssh-ed25519`, base64, and a comment of
 * ours. Each line may run twice: after a crash it does. Pure.
 */
const keyLine = /^ssh-(ed25519|rsa) [A-Za-z0-9+/=]{16,1000}$/

/** The two fields that make a key; a comment is nobody's. @throws TypeError where it is no key of ours */
export function keyFields(line: string): string {
  const fields = line.split(' ').slice(0, 2).join(' ')
  if (!keyLine.test(fields)) throw new TypeError('not a public key line')
  return fields
}

/** Appends the key where it is missing; the file is its owner's alone. */
export const placeKeyLine = (nextPublic: string): string => {
  const key = keyFields(nextPublic)
  return `umask 077; mkdir -p ~/.ssh && touch ~/.ssh/authorized_keys && { grep -qF '${key}' ~/.ssh/authorized_keys || printf '%s huabiao\\n' '${key}' >> ~/.ssh/authorized_keys; } && grep -qF '${key}' ~/.ssh/authorized_keys`
}

/** Takes old keys away and leaves all others, in one rename; only where the new one stands in the file. */
export const removeKeysLine = (nextPublic: string, oldPublic: readonly string[]): string => {
  const kept = keyFields(nextPublic)
  const without = oldPublic.map((line) => `| grep -vF '${keyFields(line)}'`).join(' ')
  return `umask 077; f=~/.ssh/authorized_keys; grep -qF '${kept}' "$f" && cat "$f" ${without} > "$f.huabiao"; grep -qF '${kept}' "$f.huabiao" && mv -f "$f.huabiao" "$f"`
}

/** A person's own password, by the program that asks for the old one; what it asks is answered on standard input, never in arguments. */
export const passwordLine = 'LC_ALL=C passwd'
export const passwordInput = (old: string, next: string): string => `${old}\n${next}\n${next}\n`

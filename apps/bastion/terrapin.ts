import type { NegotiatedAlgorithms } from 'ssh2'

/** What ssh2 keeps inside: whether both sides count anew after the key exchange. */
interface Internals {
  readonly _protocol?: { readonly _strictMode?: boolean }
}

/**
 * Whether somebody in between could have taken messages away unseen (Terrapin, CVE-2023-48795): ChaCha20-Poly1305, or a MAC over what is
 * encrypted, with a peer that does not know strict key exchange. AES-GCM is not concerned.
 */
export function isExposedToTerrapin(connection: unknown, { cs, sc }: Pick<NegotiatedAlgorithms, 'cs' | 'sc'>): boolean {
  if ((connection as Internals)._protocol?._strictMode === true) return false
  return [cs, sc].some(({ cipher, mac }) => cipher.startsWith('chacha20') || (mac ?? '').includes('-etm'))
}

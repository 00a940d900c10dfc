// The demo's supervision side: an authority of its own, the certificate it gives the platform, and what each is told of the other.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WitnessPeer } from '../../apps/control-plane/witness-client.ts'
import { hasGoodCertificate } from './certificate-check.ts'
import { makeFolder, readJson, readText } from './files.ts'
import type { StateFolder } from './state.ts'

export const witnessAuthority = (state: StateFolder): string => makeFolder(join(state.dir, 'witness-ca'), 0o700)

/** What a child that signs has published of its keys; undefined before its first start. */
export const publishedKeys = (state: StateFolder, child: 'signer' | 'witness'): unknown =>
  readJson<{ keys: unknown }>(join(state.of(child), 'keys.json'))?.keys

/** The certificate with which the control plane comes to the witness, and the digest of its key that the witness pins. */
export async function platformCertificate(state: StateFolder): Promise<{ cert: string; key: string; spkiSha256: string }> {
  const folder = witnessAuthority(state)
  const files = { keyFile: join(folder, 'platform.key.pem'), certFile: join(folder, 'platform.pem') }
  if (!hasGoodCertificate(folder, files)) {
    const { clientCertificate } = await import('./deployment-ca.ts')
    await clientCertificate(folder, files, 'huabiao-platform')
  }
  const [cert, key] = [readFileSync(files.certFile, 'utf8'), readFileSync(files.keyFile, 'utf8')]
  const spki = new X509Certificate(cert).publicKey.export({ format: 'der', type: 'spki' })
  return { cert, key, spkiSha256: createHash('sha256').update(spki).digest('hex') }
}

/** How the control plane reaches the demo's witness, which has started once. */
export async function demoWitness(state: StateFolder, port: number): Promise<WitnessPeer> {
  const { cert, key } = await platformCertificate(state)
  const ca = readText(join(witnessAuthority(state), 'ca.pem')) ?? ''
  return WitnessPeer.parse({ url: `https://127.0.0.1:${port}`, ca, cert, key, keys: publishedKeys(state, 'witness') })
}

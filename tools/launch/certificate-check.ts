// Whether the HTTPS certificate of the last start still serves. Looked at with what Node brings, since most starts need no more:
// the library that makes certificates is 300 modules.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Owner, readText } from './files.ts'

const renewBeforeMs = 30 * 86_400_000

function isGood(caText: string | undefined, text: string | undefined, names: readonly string[], now: Date): boolean {
  if (caText === undefined || text === undefined) return false
  try {
    const [ca, certificate] = [new X509Certificate(caText), new X509Certificate(text)]
    return (
      certificate.verify(ca.publicKey) &&
      new Date(certificate.validTo).getTime() - now.getTime() > renewBeforeMs &&
      names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
    )
  } catch {
    return false
  }
}

/** Whether a certificate of this authority is there with its key, and good for another month. */
export const hasGoodCertificate = (caFolder: string, files: { keyFile: string; certFile: string }): boolean =>
  readText(files.keyFile) !== undefined && isGood(readText(join(caFolder, 'ca.pem')), readText(files.certFile), [], new Date())

/** The HTTPS certificate for these names: the one that is there when it is good for another month, else a new one. */
export async function goodCertificate(caFolder: string, folder: string, names: readonly string[], owner?: Owner) {
  const files = {
    keyFile: join(folder, 'https.key.pem'),
    certFile: join(folder, 'https.pem'),
    clientCaFile: join(folder, 'client-ca.pem'),
  }
  const caText = readText(join(caFolder, 'ca.pem'))
  const whole = readText(files.keyFile) !== undefined && readText(files.clientCaFile) === caText
  if (whole && isGood(caText, readText(files.certFile), names, new Date())) return files
  const { serverCertificate } = await import('./deployment-ca.ts')
  await serverCertificate(caFolder, files, names, owner)
  return files
}

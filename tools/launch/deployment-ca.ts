// The small certificate authority of one deployment: for the HTTPS certificate and for client certificates.
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { type Owner, readText, writeText } from './files.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000
x509.cryptoProvider.set(webcrypto as never)

interface Authority {
  certificate: x509.X509Certificate
  privateKey: webcrypto.CryptoKey
}

export interface CertificateFiles {
  keyFile: string
  certFile: string
}

export interface ServerFiles extends CertificateFiles {
  clientCaFile: string
}

const serial = (): string => `01${randomBytes(15).toString('hex')}`

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

/** The authority in this folder; made when there is none. */
async function authority(folder: string, now: Date): Promise<Authority> {
  const [keyText, certText] = [readText(join(folder, 'ca.key.pem')), readText(join(folder, 'ca.pem'))]
  if (keyText !== undefined && certText !== undefined) {
    const raw = x509.PemConverter.decodeFirst(keyText)
    return {
      certificate: new x509.X509Certificate(certText),
      privateKey: await webcrypto.subtle.importKey('pkcs8', raw, algorithm, false, ['sign']),
    }
  }
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Huabiao deployment CA',
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + 3650 * dayMs),
    keys: keys as never,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  })
  writeText(join(folder, 'ca.key.pem'), await exportKey(keys.privateKey))
  writeText(join(folder, 'ca.pem'), `${certificate.toString('pem')}\n`, 0o644)
  return { certificate, privateKey: keys.privateKey }
}

interface Issue {
  commonName: string
  days: number
  usage: x509.ExtendedKeyUsage
  names: readonly string[]
  now: Date
}

async function issue(ca: Authority, files: CertificateFiles, order: Issue, owner?: Owner): Promise<void> {
  const keys = await newKeys()
  const names = order.names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }))
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: new x509.Name([{ CN: [order.commonName] }]).toString(),
    issuer: ca.certificate.subject,
    notBefore: new Date(order.now.getTime() - dayMs),
    notAfter: new Date(order.now.getTime() + order.days * dayMs),
    publicKey: keys.publicKey as never,
    signingKey: ca.privateKey as never,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([order.usage]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate),
    ],
  })
  writeText(files.keyFile, await exportKey(keys.privateKey), 0o600, owner)
  writeText(files.certFile, `${certificate.toString('pem')}\n`, 0o600, owner)
}

/** A new HTTPS certificate for these names, and the authority that the server asks of clients. */
export async function serverCertificate(
  caFolder: string,
  files: ServerFiles,
  names: readonly string[],
  owner?: Owner,
): Promise<void> {
  const now = new Date()
  const ca = await authority(caFolder, now)
  await issue(ca, files, { commonName: 'Huabiao', days: 397, usage: x509.ExtendedKeyUsage.serverAuth, names, now }, owner)
  writeText(files.clientCaFile, `${ca.certificate.toString('pem')}\n`, 0o600, owner)
}

/** A client certificate whose common name is the login. */
export async function clientCertificate(caFolder: string, files: CertificateFiles, login: string, days = 365): Promise<void> {
  const now = new Date()
  const order = { commonName: login, days, usage: x509.ExtendedKeyUsage.clientAuth, names: [], now }
  await issue(await authority(caFolder, now), files, order)
}

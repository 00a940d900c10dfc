import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate authority of a test and a server certificate of it for `localhost`, in PEM. */
export interface TestAuthority {
  readonly ca: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}
const openssl = (...args: string[]): void => void execFileSync('/usr/bin/openssl', args, { stdio: 'ignore' })

export function testAuthority(folder: string, name = 'test'): TestAuthority {
  const at = (file: string): string => join(folder, `${name}-${file}`)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...curve, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', `/CN=${name} CA`)
  openssl('req', ...curve, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=localhost')
  writeFileSync(at('ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  const sign = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('ext')]
  openssl('x509', '-req', '-in', at('server.csr'), '-out', at('server.pem'), ...sign)
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    caFile: at('ca.pem'),
    certFile: at('server.pem'),
    keyFile: at('server.key'),
  }
}

// A client certificate for somebody's browser. The private key is made here and handed over; the platform never sees it.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { clientCertificate } from './deployment-ca.ts'
import { makeFolder } from './files.ts'
import type { StateFolder } from './state.ts'

export async function run(args: readonly string[], state: StateFolder): Promise<number> {
  const [login = ''] = args
  if (!/^[a-z][a-z0-9._-]{1,39}$/.test(login)) throw new Error('for which login?  huabiao certificate <login>')
  const folder = makeFolder(join(state.dir, 'certificates'), 0o700)
  const files = { keyFile: join(folder, `${login}.key.pem`), certFile: join(folder, `${login}.pem`) }
  await clientCertificate(state.ca, files, login)
  console.log(`证书，由管理员绑定到账号 / certificate, for the administrator to bind:  ${files.certFile}`)
  const bundle = join(folder, `${login}.p12`)
  const password = randomBytes(9).toString('base64url')
  try {
    const { keyFile, certFile } = files
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', keyFile, '-in', certFile, '-out', bundle, '-passout', 'stdin'], {
      input: `${password}\n`,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
  } catch {
    console.log(`没有 openssl，浏览器所需的 .p12 未生成；私钥 / without openssl no .p12 was made; the key:  ${files.keyFile}`)
    return 0
  }
  console.log(`导入浏览器 / import into the browser:  ${bundle}   口令 / password: ${password}`)
  return 0
}

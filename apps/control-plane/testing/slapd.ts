import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change, Client } from 'ldapts'
import { ensurePackages, slapd as slapdPackage } from '../../../tools/launch/packages.ts'
import { anyFreePort } from '../../../tools/launch/ports.ts'
import { type TestAuthority, testAuthority } from './authority.ts'

/** Debian's own slapd, on free ports of loopback and in a folder that goes with it. */

export interface Slapd {
  readonly port: number
  readonly tlsPort: number
  readonly authority: TestAuthority
  readonly baseDn: string
  readonly bindDn: string
  readonly secret: string
  /** What its own administrator does while it runs. */
  set(uid: string, attribute: string, value: string | undefined): Promise<void>
  remove(uid: string): Promise<void>
  stop(): void
}
const suffix = 'dc=huazhou,dc=gov,dc=cn'
const secret = 'reader-Secret-19'

export interface Entry {
  readonly uid: string
  readonly name: string
  readonly password: string
  readonly unit: string
  readonly extra?: string
}
const dnOf = (uid: string): string => `uid=${uid.replace(/([,+"\\<>;=])/g, '\\$1')},ou=people,${suffix}`
const entryLdif = ({ uid, name, password, unit, extra }: Entry): string =>
  [
    `dn: ${dnOf(uid)}`,
    'objectClass: inetOrgPerson',
    `uid: ${uid}`,
    `cn:: ${Buffer.from(name).toString('base64')}`,
    `sn:: ${Buffer.from(name).toString('base64')}`,
    `userPassword: ${password}`,
    `departmentNumber:: ${Buffer.from(unit).toString('base64')}`,
    ...(extra ? [extra] : []),
    '',
    '',
  ].join('\n')

export async function startSlapd(people: readonly Entry[]): Promise<Slapd> {
  await ensurePackages([slapdPackage], (text) => console.log(text))
  const folder = mkdtempSync(join(tmpdir(), 'huabiao-slapd-'))
  mkdirSync(join(folder, 'data'))
  const authority = testAuthority(folder, 'directory')
  const schema = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const conf = [
    ...schema,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload ppolicy',
    `pidfile ${join(folder, 'pid')}`,
    `TLSCACertificateFile ${authority.caFile}`,
    `TLSCertificateFile ${authority.certFile}`,
    `TLSCertificateKeyFile ${authority.keyFile}`,
    'TLSVerifyClient never',
    // A directory as they are found: it says yes to a name without a password.
    'allow bind_anon_dn bind_anon_cred',
    'database mdb',
    `suffix ${suffix}`,
    `rootdn cn=admin,${suffix}`,
    'rootpw admin-Secret-19',
    `directory ${join(folder, 'data')}`,
    'overlay ppolicy',
    `access to attrs=userPassword by anonymous auth by * none`,
    `access to * by dn.exact="cn=reader,${suffix}" read by * none`,
    '',
  ].join('\n')
  const confFile = join(folder, 'slapd.conf')
  writeFileSync(confFile, conf, { mode: 0o600 })
  const base = `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\no: Huazhou\ndc: huazhou\n\ndn: ou=people,${suffix}\nobjectClass: organizationalUnit\nou: people\n\n`
  const reader = `dn: cn=reader,${suffix}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: ${secret}\n\n`
  const ldif = join(folder, 'people.ldif')
  writeFileSync(ldif, base + reader + people.map(entryLdif).join(''))
  execFileSync('/usr/sbin/slapadd', ['-f', confFile, '-l', ldif], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [port, tlsPort] = [await anyFreePort(), await anyFreePort()]
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`
  const child: ChildProcess = spawn('/usr/sbin/slapd', ['-f', confFile, '-h', urls, '-d', '0'], { stdio: 'ignore' })
  for (let attempt = 0; !(await answers(tlsPort)); attempt += 1) {
    if (attempt > 200 || child.exitCode !== null) throw new Error('slapd did not start')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const administer = async (run: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client({ url: `ldap://127.0.0.1:${port}`, strictDN: false })
    await client.bind(`cn=admin,${suffix}`, 'admin-Secret-19')
    await run(client)
    await client.unbind()
  }
  return {
    port,
    tlsPort,
    authority,
    baseDn: `ou=people,${suffix}`,
    bindDn: `cn=reader,${suffix}`,
    secret,
    set: (uid, type, value) =>
      administer((client) => {
        const modification = new Attribute({ type, values: value === undefined ? [] : [value] })
        return client.modify(dnOf(uid), new Change({ operation: 'replace', modification }))
      }),
    remove: (uid) => administer((client) => client.del(dnOf(uid))),
    stop: () => {
      child.kill('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LogonFacts, madeFor, readLine, type TargetLogon, unexplained } from './violation-logon.model.ts'

const session = '0190a1b2-0000-7000-8000-000000000001'
const executor = '0190a1b2-0000-7000-8000-000000000002'
const sha = (letter: string) => `SHA256:${letter.repeat(43)}`
const keyId = `hb;chg=CHG-20261125-0001;step=deploy;sess=${session};exec=${executor};rev=-`
const certified = (id = keyId, authority = sha('c')) =>
  `Accepted publickey for hb-app from 127.0.0.1 port 40312 ssh2: ED25519-CERT ${sha('k')} ID ${id} (serial 0) CA ED25519 ${authority}`
const syslog = 'Nov 25 20:01:02 portal-web-01 sshd[712]: '
const facts: LogonFacts = {
  authority: sha('c'),
  session: { executorId: executor, ran: true },
  seenBefore: false,
  stepRunning: false,
}
const read = (line: string): TargetLogon => {
  const logon = readLine(line)
  expect(logon, line).toBeDefined()
  return logon!
}

describe('lines', () => {
  test('a certificate of ours, as sshd -e and as syslog write it', () => {
    for (const line of [
      certified(),
      syslog + certified(),
      `2026-11-25T20:01:02.123456+08:00 web sshd-session[9]: ${certified()}`,
    ])
      expect(read(line)).toMatchObject({ account: 'hb-app', from: '127.0.0.1', certificate: { keyId, authority: sha('c') } })
    expect(madeFor(keyId)).toEqual({ sessionId: session, executorId: executor })
  })
  test('passwords and ordinary keys', () => {
    expect(read(`${syslog}Accepted password for root from 10.0.0.9 port 22 ssh2`)).toMatchObject({ method: 'password' })
    expect(read(`Accepted keyboard-interactive/pam for li from fe80::1%eth0 port 22 ssh2`)).toMatchObject({ account: 'li' })
    expect(read(`Accepted publickey for li from ::1 port 22 ssh2: RSA ${sha('r')}`).certificate).toBeUndefined()
  })
  test('root by su and sudo', () => {
    for (const [line, account, method] of [
      ['Nov 25 20:01:02 web su[44]: (to root) li on pts/0', 'li', 'su'],
      ['Nov 25 20:01:02 web su: Successful su for root by li', 'li', 'su'],
      ['Nov 25 20:01:02 web su[44]: pam_unix(su-l:session): session opened for user root(uid=0) by li(uid=1000)', 'li', 'su'],
      ['Nov 25 20:01:02 web sudo:   li : TTY=pts/0 ; PWD=/home/li ; USER=root ; COMMAND=/bin/sh', 'li', 'sudo'],
      ['Nov 25 20:01:02 web sudo[3]: li : PWD=/ ; USER=root ; COMMAND=/usr/bin/id', 'li', 'sudo'],
    ])
      expect(read(line!)).toMatchObject({ kind: 'root', account, method })
  })
  test('what failed, what another program writes, and names that quote such a line are no logons', () => {
    for (const line of [
      'Failed password for root from 10.0.0.9 port 22 ssh2',
      'Invalid user Accepted password for root from 10.0.0.9 port 22 ssh2 from 10.0.0.1 port 3',
      `${syslog}Failed none for invalid user x sshd[1]: Accepted password for root from 1.2.3.4 port 22 ssh2 from 9.9.9.9 port 1`,
      'banner exchange: Connection from Accepted password for root from 10.0.0.9 port 22 ssh2',
      `Nov 25 20:01:02 web cron[1]: Accepted password for root from 1.2.3.4 port 22 ssh2`,
      'Nov 25 20:01:02 web sudo: li : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh',
      'Nov 25 20:01:02 web su[44]: FAILED SU (to root) li on pts/0',
      '',
    ])
      expect(readLine(line), line).toBeUndefined()
  })
  test('any text is read without throwing, and none makes the expressions run away', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), fc.constantFrom('', syslog, 'Accepted publickey for '), (text, before) => {
        readLine(before + text)
      }),
    )
    readLine(`Accepted publickey for a from 1.1.1.1 port 1 ssh2: X-CERT ${sha('a')} ID ${'(serial 1) CA '.repeat(1000)}`)
    readLine(`Nov 25 20:01:02 web sudo: a : PWD=${' ; USER='.repeat(1000)}`)
  })
})

describe('what explains a logon', () => {
  test('a certificate of our authority, for a session that ran here, once', () => {
    expect(unexplained(read(certified()), facts)).toBeUndefined()
    expect(unexplained(read(certified()), { ...facts, seenBefore: true })).toBe('used-twice')
    expect(unexplained(read(certified()), { ...facts, session: undefined })).toBe('no-session')
    expect(unexplained(read(certified()), { ...facts, session: { executorId: executor, ran: false } })).toBe('no-session')
    expect(unexplained(read(certified()), { ...facts, session: { executorId: session, ran: true } })).toBe('other-person')
    expect(unexplained(read(certified(keyId, sha('x'))), facts)).toBe('other-authority')
    expect(unexplained(read(certified('somebody')), facts)).toBe('no-session')
  })
  test('nothing explains a password or an ordinary key; root is explained by a step that runs', () => {
    expect(unexplained(read('Accepted password for root from ::1 port 1 ssh2'), facts)).toBe('password')
    expect(unexplained(read(`Accepted publickey for li from ::1 port 22 ssh2: RSA ${sha('r')}`), facts)).toBe('ordinary-key')
    const sudo = read('Nov 25 20:01:02 web sudo: hb-app : PWD=/ ; USER=root ; COMMAND=/bin/id')
    expect(unexplained(sudo, facts)).toBe('no-step')
    expect(unexplained(sudo, { ...facts, stepRunning: true })).toBeUndefined()
  })
  test('whatever stands in the key id, only one that names session and executor as we write them is ours', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (id) => {
        fc.pre(!id.startsWith('hb;chg='))
        expect(madeFor(id)).toBeUndefined()
      }),
    )
  })
})

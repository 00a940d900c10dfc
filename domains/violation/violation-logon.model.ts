/**
 * Logons on targets, as their own sshd, su and sudo tell of them (NT-E08). What a session of ours did is explained by the certificate that
 * the signer made for it; everything else went past the bastion (RL-18), or took root without a grant (RL-17). Pure.
 */
export type TargetLogon = SshLogon | RootTaken
interface SshLogon {
  readonly kind: 'ssh'
  readonly account: string
  readonly method: string
  readonly from: string
  readonly port: number
  readonly certificate: Certificate | undefined
  /** `SHA256:…` of a key without a certificate. */
  readonly key: string | undefined
}
interface RootTaken {
  readonly kind: 'root'
  /** Who became root, by name on the target. */
  readonly account: string
  readonly method: 'su' | 'sudo'
  readonly from: ''
  readonly port: 0
  readonly certificate: undefined
}
interface Certificate {
  /** `SHA256:…` of the key that was certified; it lives for one run. */
  readonly fingerprint: string
  readonly keyId: string
  /** `SHA256:…` of the authority. */
  readonly authority: string
}

/** RFC 3164 or ISO 8601, host, program and process: what syslog puts before the message. `sshd -e` writes the message alone. */
const syslog =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+Z-]{8,30}) [\w.:-]{1,255} ([\w./-]{1,60})(?:\[\d{1,10}\])?: (.*)$/
// Anchored at the message's beginning: a name that somebody chose is quoted later in the line, and proves nothing.
const accepted =
  /^Accepted ([\w/-]{1,40}) for (?:invalid user )?(\S{1,64}) from ([0-9A-Fa-f.:%\w-]{2,64}) port (\d{1,5})(?: ssh2)?(?:: (.*))?$/
const certified =
  /^\S{1,40}-CERT (SHA256:[A-Za-z0-9+/]{43}) ID (.{0,1000}) \(serial \d{1,20}\) CA \S{1,40} (SHA256:[A-Za-z0-9+/]{43})$/
const plainKey = /^\S{1,40} (SHA256:[A-Za-z0-9+/]{43})$/
const suDone =
  /^(?:\(to root\) (\S{1,64}) on |Successful su for root by (\S{1,64})$|pam_unix\(su(?:-l)?:session\): session opened for user root(?:\(uid=0\))? by (\w[\w.-]{0,63}))/
const sudoDone = /^\s*(\S{1,64}) : (?:TTY=\S+ ; )?PWD=.* ; USER=root ; /

/** What a line says of a logon; nothing for all others, and for logons that failed. */
export function readLine(line: string): TargetLogon | undefined {
  // sshd ends the lines of a log of its own with CR LF.
  const whole = line.trimEnd()
  const [, program, rest] = syslog.exec(whole) ?? []
  const text = rest ?? whole
  if (!program || /^sshd(-session|-auth)?$/.test(program)) {
    const [, method, account, from, port, key] = accepted.exec(text) ?? []
    if (method && account && from)
      return {
        kind: 'ssh',
        account,
        method,
        from,
        port: Number(port),
        certificate: readCertificate(key),
        key: plainKey.exec(key ?? '')?.[1],
      }
  }
  if (program === 'su') {
    const account = suDone.exec(text)?.slice(1).find(Boolean)
    if (account && account !== 'root') return { kind: 'root', account, method: 'su', from: '', port: 0, certificate: undefined }
  }
  if (program === 'sudo') {
    const account = sudoDone.exec(text)?.[1]
    if (account && account !== 'root') return { kind: 'root', account, method: 'sudo', from: '', port: 0, certificate: undefined }
  }
  return undefined
}
function readCertificate(key: string | undefined): Certificate | undefined {
  const [, fingerprint, keyId, authority] = certified.exec(key ?? '') ?? []
  return fingerprint && authority ? { fingerprint, keyId: keyId ?? '', authority } : undefined
}
const ours = /^hb;chg=[^;]*;step=[^;]*;sess=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12});exec=([0-9a-f-]{36});/
/** Session and executor that a certificate of ours was made for. */
export function madeFor(keyId: string): { readonly sessionId: string; readonly executorId: string } | undefined {
  const [, sessionId, executorId] = ours.exec(keyId) ?? []
  return sessionId && executorId ? { sessionId, executorId } : undefined
}

const check = /^hb;check=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12});by=/
/** The check of a target that a certificate of ours was made for. */
export const checkOf = (keyId: string): string | undefined => check.exec(keyId)?.[1]

/** What the platform itself knows of it. */
export interface LogonFacts {
  /** `SHA256:…` of our own authority. */
  readonly authority: string
  /** The session that the certificate names, where it exists and is about this target. */
  readonly session: { readonly executorId: string; readonly ran: boolean } | undefined
  /** The same certified key logged on before: a certificate serves one connection. */
  readonly seenBefore: boolean
  /** A step of ours runs on this target as this account now. */
  readonly stepRunning: boolean
}
export const logonReasons = [
  'password',
  'ordinary-key',
  'other-authority',
  'no-session',
  'other-person',
  'used-twice',
  'no-step',
] as const
export type LogonReason = (typeof logonReasons)[number]

/** Why no session of ours explains it; nothing where one does. */
export function unexplained(logon: TargetLogon, facts: LogonFacts): LogonReason | undefined {
  // Root within a step is the approved command's own doing; the plan named it.
  if (logon.kind === 'root') return facts.stepRunning ? undefined : 'no-step'
  if (logon.method !== 'publickey') return 'password'
  const { certificate } = logon
  if (!certificate) return 'ordinary-key'
  if (certificate.authority !== facts.authority) return 'other-authority'
  const named = madeFor(certificate.keyId)
  if (!named || !facts.session?.ran) return 'no-session'
  if (facts.session.executorId !== named.executorId) return 'other-person'
  return facts.seenBefore ? 'used-twice' : undefined
}

import { principalOf } from '@huabiao/domains/session/session-grant.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { TargetAccount } from './enrolment.model.ts'

/** What is set on a target by hand, exactly; the same text in the console and on the terminal. Pure. */
export interface SheetFor {
  readonly name: string
  readonly plane: Plane
  readonly accounts: readonly TargetAccount[]
  /** The authority of the target's plane, one OpenSSH line. */
  readonly authority: string
  readonly controlPlaneUrl: string
}
export interface SheetFile {
  readonly path: string
  readonly mode: string
  readonly text: string
}

const folder = '/etc/ssh/huabiao'

/** One file a login: `AuthorizedPrincipalsFile` knows logins, and several accounts of plans may share one. */
const principalFiles = ({ name, accounts }: SheetFor): SheetFile[] =>
  [...new Set(accounts.map(({ login }) => login))].map((login) => ({
    path: `${folder}/principals/${login}`,
    mode: '0644',
    text: `${accounts
      .filter((account) => account.login === login)
      .map((account) => principalOf(name, account.name))
      .join('\n')}\n`,
  }))

/** First in the order of names: of each setting OpenSSH takes the first value that it reads. */
export const serverSettings = (of: Pick<SheetFor, 'accounts'>): string =>
  [
    `TrustedUserCAKeys ${folder}/ca.pub`,
    `AuthorizedPrincipalsFile ${folder}/principals/%u`,
    'AuthorizedKeysFile none',
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'HostbasedAuthentication no',
    `PermitRootLogin ${of.accounts.some(({ login }) => login === 'root') ? 'prohibit-password' : 'no'}`,
    `AllowUsers ${[...new Set(of.accounts.map(({ login }) => login))].join(' ')}`,
    'DisableForwarding yes',
    'AllowTcpForwarding no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'PermitUserEnvironment no',
    'PermitUserRC no',
    'UseDNS no',
    // At VERBOSE the log names the certificate of each logon; the follower's verdict rests on it (NT-E08).
    'LogLevel VERBOSE',
    // A gateway that fell silent is gone after fifteen seconds, and its step with it.
    'ClientAliveInterval 5',
    'ClientAliveCountMax 3',
    '',
  ].join('\n')

/** The follower of the target's log, whose lines make a case of every logon past the bastion. */
const followerConfig = ({ name, controlPlaneUrl }: SheetFor): string =>
  `${JSON.stringify(
    {
      stateDir: '/var/lib/huabiao-target-log',
      id: `target-log-${name}`.slice(0, 40),
      serviceKeyFile: '/var/lib/huabiao-target-log/service-key.pem',
      controlPlaneUrl,
      files: [{ target: name, path: '/var/log/auth.log' }],
    },
    null,
    2,
  )}\n`

export const enrolmentFiles = (of: SheetFor): SheetFile[] => [
  { path: `${folder}/ca.pub`, mode: '0644', text: `${of.authority}\n` },
  ...principalFiles(of),
  { path: '/etc/ssh/sshd_config.d/00-huabiao.conf', mode: '0600', text: serverSettings(of) },
  { path: '/etc/huabiao/target-log.json', mode: '0640', text: followerConfig(of) },
]

/** Typed at the target's own console, in this order. */
export const consoleCommands = ({
  name,
}: Pick<SheetFor, 'name'>): readonly {
  readonly why: 'test' | 'reload' | 'fingerprint' | 'follower-key' | 'follower-register'
  readonly line: string
}[] => [
  { why: 'test', line: 'sshd -t' },
  { why: 'reload', line: 'systemctl reload ssh || systemctl reload sshd' },
  { why: 'fingerprint', line: 'ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub' },
  {
    why: 'follower-key',
    line: 'openssl genpkey -algorithm ed25519 -out /var/lib/huabiao-target-log/service-key.pem && openssl pkey -in /var/lib/huabiao-target-log/service-key.pem -pubout',
  },
  {
    why: 'follower-register',
    line: `followers: [{ "id": "${`target-log-${name}`.slice(0, 40)}", "publicKey": "…", "targets": ["${name}"] }]`,
  },
]

// The children of one deployment: their configurations, their accounts, and how to run each.
import { chmodSync, chownSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import type { WitnessPeer } from '../../apps/control-plane/witness-client.ts'
import { goodCertificate } from './certificate-check.ts'
import { consoleDir } from './console-build.ts'
import type { DatabaseUrls } from './database.ts'
import { auditLog } from './demo-audit.ts'
import { targetName } from './demo-targets.ts'
import { evidenceFolder } from './evidence-setting.ts'
import { makeFolder, type Owner } from './files.ts'
import { type GatewayPlace, gatewayKey, gatewayNames, gatewaysOf } from './gateways.ts'
import type { ChildSpec } from './keep-running.ts'
import { hostKey, serviceKey } from './keys.ts'
import { openLog } from './logs.ts'
import { accepts, answersOk, entryOf, nodeChild } from './node-child.ts'
import type { Ports, Settings } from './settings.ts'
import { checkout, type Secrets, type StateFolder } from './state.ts'
import { isRoot, mayReachAll } from './unix-identity.ts'
import { platformCertificate, publishedKeys, witnessAuthority } from './witness-place.ts'

const followerId = 'target-log-1'

const accounts = {
  'control-plane': 64_101,
  signer: 64_102,
  bastion: 64_103,
  'target-log': 64_104,
  witness: 64_105,
  recheck: 64_106,
  'bastion-2': 64_107,
  'bastion-tenant': 64_108,
} as const
export type OwnChild = keyof typeof accounts
export const ownChildren = [
  'signer',
  'witness',
  'control-plane',
  ...gatewayNames,
  'target-log',
  'recheck',
] as const satisfies readonly OwnChild[]

export interface Deployment {
  state: StateFolder
  settings: Settings
  ports: Ports
  secrets: Secrets
  urls: DatabaseUrls
  identities: Record<OwnChild, Owner | undefined>
}

/** Account of each child; undefined where it cannot have one: we are not root, or it could not read the checkout. */
export async function childIdentities(state: StateFolder): Promise<Record<OwnChild, Owner | undefined>> {
  const found = await Promise.all(
    ownChildren.map(async (name) => {
      const identity = { uid: accounts[name], gid: accounts[name] }
      return [name, isRoot() && (await mayRun(state, name, identity)) ? identity : undefined] as const
    }),
  )
  return Object.fromEntries(found) as Record<OwnChild, Owner | undefined>
}

const mayRun = (state: StateFolder, name: OwnChild, identity: Owner): Promise<boolean> =>
  mayReachAll(
    [
      ['-x', process.execPath],
      ['-r', entryOf((gatewayNames as readonly string[]).includes(name) ? 'bastion' : name)],
      ['-r', join(checkout, 'node_modules', 'pg', 'package.json')],
      ['-x', state.dir],
    ],
    identity,
  )

/** The longest path that fits the kernel's address of a unix socket. */
const socketPathLimit = 107

/**
 * Where the signer listens: a socket that only it and the control plane can reach, by the group of its folder; a loopback
 * port, guarded by the token alone, where the path of the state folder is too long for a socket.
 */
function signerSocket({ state, ports, identities }: Deployment): string {
  const path = join(state.sockets, 'signer.sock')
  if (Buffer.byteLength(path) > socketPathLimit) return `127.0.0.1:${ports.signer}`
  const [signer, caller] = [identities.signer, identities['control-plane']]
  const shared = signer !== undefined && caller !== undefined
  makeFolder(state.sockets, shared ? 0o2710 : 0o700, shared ? { uid: signer.uid, gid: caller.gid } : signer)
  return path
}

const isPath = (socket: string): boolean => socket.startsWith('/')

/** The group that reads what targets write: the follower's own, or ours where it runs as we do. */
export const followerGid = ({ identities }: Deployment): number => identities['target-log']?.gid ?? process.getgid?.() ?? 0
/** The public half of the follower's key, and the targets it may speak of: all of the demo's. */
function follower({ state, identities, ports }: Deployment) {
  makeFolder(state.of('target-log'), 0o700, identities['target-log'])
  const publicKey = serviceKey(join(state.of('target-log'), 'service-key.pem'), identities['target-log'])
  return { id: followerId, plane: 'platform', publicKey, targets: ports.targets.map((_, index) => targetName(index)) }
}

export function signerChild(deployment: Deployment): ChildSpec {
  const { state, settings, secrets, urls, identities, ports } = deployment
  const socket = signerSocket(deployment)
  const port = Number(socket.split(':').at(-1))
  return nodeChild(state, {
    name: 'signer',
    config: {
      stateDir: state.of('signer'),
      socket,
      token: secrets.signerToken,
      database: { url: urls.signer },
      authorizedGateways: gatewaysOf(settings).map(({ name, id, plane }) => ({
        id,
        plane,
        publicKey: gatewayKey(state, name, identities[name]),
      })),
      idTokenIssuer: `${publicUrl(settings, ports)}/oidc`,
    },
    identity: identities.signer,
    mayRead: [],
    mayWrite: isPath(socket) ? [state.sockets] : [],
    // The group of the socket's folder is the control plane's, and connecting needs the right to write.
    umask: 0o007,
    port: isPath(socket) ? undefined : port,
    ready: () => accepts(isPath(socket) ? { path: socket } : { host: '127.0.0.1', port }),
  })
}

const localNames = ['localhost', '127.0.0.1']
const everyAddress = ['0.0.0.0', '::']

/** The name under which others reach us. On this machine it is `localhost`: browsers bind security keys to names, never to addresses. */
export const publicHost = (settings: Settings): string =>
  settings.publicUrl
    ? new URL(settings.publicUrl).hostname
    : (settings.publicNames[0] ?? (isLocal(settings.host) ? 'localhost' : settings.host))
const isLocal = (host: string): boolean => everyAddress.includes(host) || localNames.includes(host)

/** The one address that people type. */
export const publicUrl = (settings: Settings, ports: Ports): string =>
  settings.publicUrl ?? `http://${publicHost(settings)}:${ports.http}`

/** Whatever ends TLS in front of us forwards `/gateway/` to the terminal's port, and `/gateway/<id>/` to that of a further gateway; without TLS browsers come to the port itself. */
const terminalUrl = (settings: Settings, ports: Ports, gateway: GatewayPlace): string => {
  const url = new URL(publicUrl(settings, ports))
  const proxied = settings.terminalUrl ?? (url.protocol === 'https:' ? `wss://${url.host}/gateway` : undefined)
  if (proxied) return gateway.name === 'bastion' ? proxied : `${proxied}/${gateway.id}`
  return `ws://${url.hostname}:${ports[gateway.ws]}`
}

/** The address to reach a child under that listens on `host`. */
export const localHost = (settings: Settings): string => (everyAddress.includes(settings.host) ? '127.0.0.1' : settings.host)

export const httpUrl = (settings: Settings, ports: Ports): string => `http://${localHost(settings)}:${ports.http}`

const servedNames = (settings: Settings): string[] => [
  ...new Set([...localNames, localHost(settings), publicHost(settings), ...settings.publicNames]),
]
/** Every origin at which our pages can be open; the canonical one is the first. */
const servedOrigins = (settings: Settings, ports: Ports): string[] => [
  ...new Set([
    publicUrl(settings, ports),
    ...servedNames(settings).flatMap((name) => [`http://${name}:${ports.http}`, `https://${name}:${ports.https}`]),
  ]),
]

/** Keys, passwords and authorities that channels name by `…File`. */
const filesIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, one]) => (name.endsWith('File') && typeof one === 'string' ? [one] : filesIn(one)))

export async function controlPlaneChild(deployment: Deployment, witness: Promise<WitnessPeer | undefined>): Promise<ChildSpec> {
  const { state, settings, ports, secrets, urls, identities } = deployment
  const identity = identities['control-plane']
  const own = makeFolder(state.of('control-plane'), 0o700, identity)
  const folder = makeFolder(evidenceFolder(state), 0o700, identity)
  const gateways = gatewaysOf(settings).map((gateway) => ({
    id: gateway.id,
    plane: gateway.plane,
    publicKey: gatewayKey(state, gateway.name, identities[gateway.name]),
    sshHost: publicHost(settings),
    sshPort: ports[gateway.ssh],
    wsUrl: terminalUrl(settings, ports, gateway),
  }))
  const https = await goodCertificate(state.ca, own, servedNames(settings), identity)
  // At a first start the witness makes its keys meanwhile.
  const counterSigner = await witness
  return nodeChild(state, {
    name: 'control-plane',
    config: {
      stateDir: own,
      http: { host: settings.host, port: ports.http },
      https: {
        host: settings.host,
        port: ports.https,
        ...https,
      },
      metrics: { host: '127.0.0.1', port: ports.metrics },
      database: { url: urls.app },
      signer: { socket: signerSocket(deployment), token: secrets.signerToken },
      ...(counterSigner ? { witness: counterSigner } : {}),
      consoleDir,
      evidence: secrets.evidence === undefined ? { folder } : { bucket: secrets.evidence },
      gateways,
      inspector: { id: inspectorId, publicKey: inspectorKey(deployment) },
      retentionDays: settings.retentionDays,
      followers: [...(settings.demo ? [follower(deployment)] : []), ...settings.followers],
      requiredGuards: settings.requiredGuards,
      origin: publicUrl(settings, ports),
      terminalRequired: settings.terminalRequired,
      demo: settings.demo,
      holidays: settings.holidays,
      places: settings.places,
      ...(settings.channels ? { channels: settings.channels } : {}),
      ...(settings.sources ? { sources: settings.sources } : {}),
      ...(settings.demo ? { demoTargetsFile: state.demoTargetsFile } : { ceremonyToken: secrets.ceremonyToken }),
    },
    identity,
    mayRead: [consoleDir, ...filesIn(settings.channels), ...(settings.demo ? [state.demoTargetsFile] : [])],
    mayWrite: [],
    umask: 0o077,
    port: ports.http,
    ready: () => answersOk(`${httpUrl(settings, ports)}/api/v1/health`),
  })
}

/** The demo's supervision side: a witness that believes the signer's keys and the control plane's certificate, and nobody else. */
export async function witnessChild(deployment: Deployment): Promise<ChildSpec> {
  const { state, ports, identities } = deployment
  const identity = identities.witness
  const own = makeFolder(state.of('witness'), 0o700, identity)
  const tls = await goodCertificate(witnessAuthority(state), own, localNames, identity)
  const { spkiSha256 } = await platformCertificate(state)
  return nodeChild(state, {
    name: 'witness',
    config: {
      stateDir: own,
      listen: { host: '127.0.0.1', port: ports.witness },
      tls,
      platforms: [{ id: 'demo', clientSpkiSha256: [spkiSha256], signerKeys: publishedKeys(state, 'signer') }],
    },
    identity,
    mayRead: [],
    mayWrite: [],
    umask: 0o077,
    port: ports.witness,
    ready: () => accepts({ host: '127.0.0.1', port: ports.witness }),
  })
}

const inspectorId = 'inspector-1'
/** Evidence in a folder belongs to the control plane's account, whose this one is too then; what keeps it from writing is the permission model. */
const inspectorIdentity = ({ identities, secrets }: Deployment): Owner | undefined =>
  secrets.evidence === undefined ? identities['control-plane'] : identities.recheck
function inspectorKey(deployment: Deployment): string {
  const own = makeFolder(deployment.state.of('recheck'), 0o700, inspectorIdentity(deployment))
  return serviceKey(join(own, 'service-key.pem'), inspectorIdentity(deployment))
}

/** The daily re-verification: it reads chains and evidence, and can write nowhere but in its own folder. */
export function recheckChild(deployment: Deployment, witness: WitnessPeer | undefined): ChildSpec {
  const { state, settings, ports, secrets } = deployment
  const own = makeFolder(state.of('recheck'), 0o700, inspectorIdentity(deployment))
  const folder = evidenceFolder(state)
  return nodeChild(state, {
    name: 'recheck',
    config: {
      stateDir: own,
      id: inspectorId,
      serviceKeyFile: join(own, 'service-key.pem'),
      controlPlaneUrl: httpUrl(settings, ports),
      signerKeys: publishedKeys(state, 'signer'),
      ...(witness ? { witnessKeys: witness.keys } : {}),
      evidence: secrets.evidence === undefined ? { folder } : { bucket: secrets.evidence },
    },
    identity: inspectorIdentity(deployment),
    mayRead: [join(checkout, 'apps', 'verify'), ...(secrets.evidence === undefined ? [folder] : [])],
    mayWrite: [],
    umask: 0o077,
    port: undefined,
    // It serves nobody: that it runs is all there is to ask.
    ready: async () => true,
  })
}

export function bastionChild(deployment: Deployment, gateway: GatewayPlace): ChildSpec {
  const { state, settings, ports, identities } = deployment
  const { name, id, plane } = gateway
  const identity = identities[name]
  const own = makeFolder(state.of(name), 0o700, identity)
  const spoolDir = makeFolder(join(own, 'spool'), 0o700, identity)
  const keyFile = join(own, 'service-key.pem')
  serviceKey(keyFile, identity)
  const hostKeyFile = join(own, 'ssh-host-key')
  hostKey(hostKeyFile, identity)
  return nodeChild(state, {
    name,
    app: 'bastion',
    config: {
      stateDir: own,
      id,
      plane,
      serviceKeyFile: keyFile,
      controlPlaneUrl: httpUrl(settings, ports),
      ssh: { host: settings.host, port: ports[gateway.ssh], hostKeyFile },
      ws: {
        host: settings.host,
        port: ports[gateway.ws],
        allowedOrigins: servedOrigins(settings, ports),
      },
      spoolDir,
      // The permission model lets it read nothing of these; it looks for itself all the same (NT-E06).
      mayBeRoot: isRoot() && identity === undefined,
      mustNotRead: [join(state.of('signer'), 'private-keys.json'), state.secretsFile],
      mustNotReach: identity && isPath(signerSocket(deployment)) ? [signerSocket(deployment)] : [],
      localTargets: ports.targets,
      // Given to it by the launcher, not learnt from whoever answers first.
      trustedSignerKeys: publishedKeys(state, 'signer'),
    },
    identity,
    mayRead: [],
    mayWrite: [],
    umask: 0o077,
    port: ports[gateway.ssh],
    ready: () => accepts({ host: localHost(settings), port: ports[gateway.ssh] }),
  })
}

/** The log of a target: its writer's, and readable by the follower, of all files in that folder. */
function targetLog(state: StateFolder, target: string, reader: Owner | undefined): string {
  const path = state.logFile(`target-${target}`)
  closeSync(openLog(path))
  if (reader !== undefined) {
    chownSync(path, 0, reader.gid)
    chmodSync(path, 0o640)
  }
  return path
}

/**
 * Reads the log of each demo target, and nothing else of this machine.
 * @param audited whether the kernel writes down what runs on them
 */
export function targetLogChild(deployment: Deployment, audited: boolean): ChildSpec {
  const { state, settings, ports, identities } = deployment
  const own = state.of('target-log')
  const { targets } = follower(deployment)
  const files = targets.map((target) => ({ target, path: targetLog(state, target, identities['target-log']) }))
  return nodeChild(state, {
    name: 'target-log',
    config: {
      stateDir: own,
      id: followerId,
      serviceKeyFile: join(own, 'service-key.pem'),
      controlPlaneUrl: httpUrl(settings, ports),
      files,
      executions: audited ? [{ source: 'demo', path: auditLog(state) }] : [],
    },
    identity: identities['target-log'],
    mayRead: [...files.map(({ path }) => path), ...(audited ? [auditLog(state)] : [])].flatMap((path) => [path, `${path}.1`]),
    mayWrite: [],
    umask: 0o077,
    port: undefined,
    ready: async () => true,
  })
}

// The children of one deployment: their configurations, their accounts, and how to run each.
import { join } from 'node:path'
import { goodCertificate } from './certificate-check.ts'
import { consoleDir } from './console-build.ts'
import type { DatabaseUrls } from './database.ts'
import { evidenceFolder } from './evidence-setting.ts'
import { makeFolder, type Owner, readJson } from './files.ts'
import type { ChildSpec } from './keep-running.ts'
import { hostKey, serviceKey } from './keys.ts'
import { accepts, answersOk, entryOf, nodeChild } from './node-child.ts'
import type { Ports, Settings } from './settings.ts'
import { checkout, type Secrets, type StateFolder } from './state.ts'
import { isRoot, mayReachAll } from './unix-identity.ts'

export const gatewayId = 'gw-platform-1'

const accounts = { 'control-plane': 64_101, signer: 64_102, bastion: 64_103 } as const
export type OwnChild = keyof typeof accounts
export const ownChildren = ['signer', 'control-plane', 'bastion'] as const satisfies readonly OwnChild[]

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
      ['-r', entryOf(name)],
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

/** The public half of the bastion's key, which the signer and the control plane are told. */
function gatewayKey({ state, identities }: Deployment): string {
  makeFolder(state.of('bastion'), 0o700, identities.bastion)
  return serviceKey(join(state.of('bastion'), 'service-key.pem'), identities.bastion)
}

export function signerChild(deployment: Deployment): ChildSpec {
  const { state, secrets, urls, identities } = deployment
  const socket = signerSocket(deployment)
  const publicKey = gatewayKey(deployment)
  const port = Number(socket.split(':').at(-1))
  return nodeChild(state, {
    name: 'signer',
    config: {
      stateDir: state.of('signer'),
      socket,
      token: secrets.signerToken,
      database: { url: urls.signer },
      authorizedGateways: [{ id: gatewayId, publicKey }],
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

/** Whatever ends TLS in front of us forwards `/gateway/` to the terminal's port; without TLS browsers come to the port itself. */
const terminalUrl = (settings: Settings, ports: Ports): string => {
  const url = new URL(publicUrl(settings, ports))
  return settings.terminalUrl ?? (url.protocol === 'https:' ? `wss://${url.host}/gateway` : `ws://${url.hostname}:${ports.ws}`)
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

export async function controlPlaneChild(deployment: Deployment): Promise<ChildSpec> {
  const { state, settings, ports, secrets, urls, identities } = deployment
  const identity = identities['control-plane']
  const own = makeFolder(state.of('control-plane'), 0o700, identity)
  const folder = makeFolder(evidenceFolder(state), 0o700, identity)
  const gateway = {
    id: gatewayId,
    plane: 'platform',
    publicKey: gatewayKey(deployment),
    sshHost: publicHost(settings),
    sshPort: ports.ssh,
    wsUrl: terminalUrl(settings, ports),
  }
  return nodeChild(state, {
    name: 'control-plane',
    config: {
      stateDir: own,
      http: { host: settings.host, port: ports.http },
      https: {
        host: settings.host,
        port: ports.https,
        ...(await goodCertificate(state.ca, own, servedNames(settings), identity)),
      },
      database: { url: urls.app },
      signer: { socket: signerSocket(deployment), token: secrets.signerToken },
      consoleDir,
      evidence: secrets.evidence === undefined ? { folder } : { bucket: secrets.evidence },
      gateways: [gateway],
      requiredGuards: settings.requiredGuards,
      origin: publicUrl(settings, ports),
      terminalRequired: settings.terminalRequired,
      demo: settings.demo,
      holidays: settings.holidays,
      ...(settings.demo ? { demoTargetsFile: state.demoTargetsFile } : { ceremonyToken: secrets.ceremonyToken }),
    },
    identity,
    mayRead: [consoleDir, ...(settings.demo ? [state.demoTargetsFile] : [])],
    mayWrite: [],
    umask: 0o077,
    port: ports.http,
    ready: () => answersOk(`${httpUrl(settings, ports)}/api/v1/health`),
  })
}

/** The keys whose signatures the bastion believes: given to it by the launcher, not learnt from whoever answers first. */
const signerKeys = (state: StateFolder): unknown => readJson<{ keys: unknown }>(join(state.of('signer'), 'keys.json'))?.keys

export function bastionChild(deployment: Deployment): ChildSpec {
  const { state, settings, ports, identities } = deployment
  const identity = identities.bastion
  const own = makeFolder(state.of('bastion'), 0o700, identity)
  const spoolDir = makeFolder(join(own, 'spool'), 0o700, identity)
  const keyFile = join(own, 'service-key.pem')
  serviceKey(keyFile, identity)
  const hostKeyFile = join(own, 'ssh-host-key')
  hostKey(hostKeyFile, identity)
  return nodeChild(state, {
    name: 'bastion',
    config: {
      stateDir: own,
      id: gatewayId,
      plane: 'platform',
      serviceKeyFile: keyFile,
      controlPlaneUrl: httpUrl(settings, ports),
      ssh: { host: settings.host, port: ports.ssh, hostKeyFile },
      ws: {
        host: settings.host,
        port: ports.ws,
        allowedOrigins: servedOrigins(settings, ports),
      },
      spoolDir,
      trustedSignerKeys: signerKeys(state),
    },
    identity,
    mayRead: [],
    mayWrite: [],
    umask: 0o077,
    port: ports.ssh,
    ready: () => accepts({ host: localHost(settings), port: ports.ssh }),
  })
}

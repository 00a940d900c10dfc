// The settings of an installation: .huabiao/config.json, overridden by the environment.
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { HolidayTable } from '@huabiao/kit/calendar/calendar'
import { z } from 'zod'
import { Retention } from '../../apps/control-plane/config.ts'
import { readText, writeJson } from './files.ts'
import { anyFreePort, holderOf, isFree, nextFreePort } from './ports.ts'

const Port = z.int().min(1).max(65_535)

const PublicUrl = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .refine((text) => URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`, 'must be an origin: no path')
  .transform((text) => new URL(text).origin)

const Settings = z.strictObject({
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .default('127.0.0.1'),
  /** Names and addresses that the HTTPS certificate and the terminal's origin check accept besides localhost. */
  publicNames: z.array(z.string().max(253)).default([]),
  /** RL-20: nobody logs on from a terminal that is not registered. Off while a deployment registers its terminals. */
  terminalRequired: z.boolean().default(false),
  /** The one address people type, such as `https://cloud.example.gov.cn`: cookies and security keys are bound to its name. */
  publicUrl: PublicUrl.optional(),
  /** Where browsers reach the web terminal, such as `wss://cloud.example.gov.cn/gateway`, where something in front of us ends TLS. */
  terminalUrl: z
    .url({ protocol: /^wss?$/ })
    .max(300)
    .optional(),
  demo: z.boolean().default(false),
  demoTargets: z.int().min(0).max(50).default(6),
  /** Gateways of the platform's plane on this machine: with two, one may die (S3-A.8-02). */
  platformGateways: z.int().min(1).max(2).default(2),
  /** Guards that this deployment requires although no source feeds them yet, such as G-REL. */
  requiredGuards: z.array(z.string().regex(/^G-[A-Z]+$/)).default([]),
  /** Days that each class of evidence is kept, where longer than the floor: `{ "recording": 365 }`. */
  retentionDays: Retention.default({}),
  /** Statutory holidays and make-up days of years that the platform does not know, or that hold here instead of its own. */
  holidays: z.array(HolidayTable).max(50).default([]),
  /** Followers of the logs of targets of one's own: id, public key, and the targets each may speak of. */
  followers: z.array(z.unknown()).max(1000).default([]),
  /** Networks whose place is known, as the control plane's configuration describes them. */
  places: z.array(z.unknown()).max(1000).default([]),
  /** Ways that notices may take out of the product, as the control plane's configuration describes them; none where absent. */
  channels: z.record(z.string(), z.unknown()).optional(),
  /** Hosts that sources of identity may lead to; the control plane checks the form. */
  sources: z.record(z.string(), z.unknown()).optional(),
  ports: z
    .strictObject({
      http: Port.optional(),
      https: Port.optional(),
      ssh: Port.optional(),
      ws: Port.optional(),
      ssh2: Port.optional(),
      ws2: Port.optional(),
      sshtenant: Port.optional(),
      wstenant: Port.optional(),
      postgres: Port.optional(),
      signer: Port.optional(),
      witness: Port.optional(),
      metrics: Port.optional(),
      targets: z.array(Port).optional(),
    })
    .default({}),
})
export type Settings = z.infer<typeof Settings>

export type PortName =
  | 'http'
  | 'https'
  | 'ssh'
  | 'ws'
  | 'ssh2'
  | 'ws2'
  | 'sshtenant'
  | 'wstenant'
  | 'postgres'
  | 'signer'
  | 'witness'
  | 'metrics'
export type Ports = Record<PortName, number> & { targets: number[] }

const defaultPorts: Record<PortName, number> = {
  http: 8600,
  https: 8643,
  ssh: 8622,
  ws: 8623,
  ssh2: 8624,
  ws2: 8625,
  sshtenant: 8626,
  wstenant: 8627,
  postgres: 8654,
  signer: 8664,
  witness: 8670,
  metrics: 8690,
}
const firstTargetPort = 22_201
const portNames = Object.keys(defaultPorts) as PortName[]
const onLoopback: ReadonlySet<PortName> = new Set(['postgres', 'signer', 'witness', 'metrics'])

/** Parses config.json; all its problems are listed at once. */
export function parseSettings(text: string | undefined): Settings {
  const result = Settings.safeParse(text === undefined ? {} : JSON.parse(text))
  if (result.success) return result.data
  throw new Error(
    result.error.issues.map((issue) => `config.json: ${issue.path.join('.') || 'file'}: ${issue.message}`).join('\n'),
  )
}

export const loadSettings = (configFile: string): Settings => parseSettings(readText(configFile))

/** The ports the environment names: HUABIAO_HTTP_PORT and so on. 0 asks for any free port. */
export function environmentPorts(env: Record<string, string | undefined>): Partial<Record<PortName | 'target', number>> {
  const found: Partial<Record<PortName | 'target', number>> = {}
  for (const name of [...portNames, 'target'] as const) {
    const key = `HUABIAO_${name.toUpperCase()}_PORT`
    const text = env[key]
    if (text === undefined || text === '') continue
    const port = Number(text)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${key} is no port: ${text}`)
    found[name] = port
  }
  return found
}

/** What the environment says over what config.json says. */
export function withEnvironment(settings: Settings, env: Record<string, string | undefined>): Settings {
  const host = env.HUABIAO_HOST
  const targets = env.HUABIAO_DEMO_TARGETS
  const { HUABIAO_PUBLIC_URL: publicUrl, HUABIAO_TERMINAL_URL: terminalUrl } = env
  return Settings.parse({
    ...settings,
    ...(host ? { host } : {}),
    ...(targets ? { demoTargets: Number(targets) } : {}),
    ...(publicUrl ? { publicUrl } : {}),
    ...(env.HUABIAO_PLATFORM_GATEWAYS ? { platformGateways: Number(env.HUABIAO_PLATFORM_GATEWAYS) } : {}),
    ...(env.HUABIAO_TERMINAL_REQUIRED ? { terminalRequired: env.HUABIAO_TERMINAL_REQUIRED === '1' } : {}),
    ...(terminalUrl ? { terminalUrl } : {}),
  })
}

export interface PortChoice {
  ports: Ports
  /** Sentences for the person who starts it: which port is not the one expected. */
  moved: string[]
}

/** Decides every port. `held` are those our own surviving children listen on: they are taken, but by us. */
export async function choosePorts(
  settings: Settings,
  env: Record<string, string | undefined>,
  held: ReadonlySet<number>,
): Promise<PortChoice> {
  const fromEnvironment = environmentPorts(env)
  const chosen = new Set<number>()
  const moved: string[] = []
  const choose = async (name: string, wished: number, fixed: boolean, host: string): Promise<number> => {
    const free = !chosen.has(wished) && (held.has(wished) || (await isFree(wished, host)))
    const holder = free ? '' : (holderOf(wished) ?? 'a program of another user')
    const setting = `HUABIAO_${name.split(' ')[0]?.toUpperCase()}_PORT`
    if (!free && fixed)
      throw new Error(`port ${wished} (${name}) is taken by ${holder}: stop it, or set ${setting} to another port`)
    const port = free ? wished : await nextFreePort(wished + 1, chosen, host)
    if (port !== wished) moved.push(`port ${wished} (${name}) is taken by ${holder}: ${port} is used instead (${setting})`)
    chosen.add(port)
    return port
  }
  const ports: Partial<Ports> = {}
  for (const name of portNames) {
    const host = onLoopback.has(name) ? '127.0.0.1' : settings.host
    const asked = fromEnvironment[name]
    const wished = asked || settings.ports[name] || (asked === 0 ? await anyFreePort(host) : defaultPorts[name])
    ports[name] = await choose(name, wished, Boolean(asked), host)
  }
  ports.targets = []
  for (let index = 0; settings.demo && index < settings.demoTargets; index += 1) {
    const asked = fromEnvironment.target
    const remembered = asked ? undefined : settings.ports.targets?.[index]
    const wished = remembered ?? (asked === 0 ? await anyFreePort() : (asked || firstTargetPort) + index)
    ports.targets.push(await choose(`target ${index + 1}`, wished, false, '127.0.0.1'))
  }
  return { ports: ports as Ports, moved }
}

/** Remembers the ports, so that the addresses stay the same from start to start. */
export function rememberPorts(configFile: string, settings: Settings, ports: Ports): void {
  const text = existsSync(configFile) ? readText(configFile) : undefined
  const stored = parseSettings(text)
  const targets = settings.demo ? { targets: ports.targets } : {}
  const { targets: _, ...others } = ports
  writeJson(configFile, { ...stored, demo: settings.demo, ports: { ...stored.ports, ...others, ...targets } })
}

// The witness of a supervision side of its own, as HUABIAO_WITNESS_URL names it, and how it answers.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type WitnessPeer, WitnessPeer as WitnessPeerShape, witnessClient } from '../../apps/control-plane/witness-client.ts'
import type { Ports, Settings } from './settings.ts'
import type { Secrets, StateFolder } from './state.ts'
import { demoWitness } from './witness-place.ts'

const files = {
  ca: 'HUABIAO_WITNESS_CA_FILE',
  cert: 'HUABIAO_WITNESS_CERT_FILE',
  key: 'HUABIAO_WITNESS_KEY_FILE',
  keys: 'HUABIAO_WITNESS_KEYS_FILE',
} as const

/** The witness that the environment names; undefined when it names none. Errors name the setting, never a value that is secret. */
export function witnessFromEnvironment(env: Record<string, string | undefined>): WitnessPeer | undefined {
  const url = env.HUABIAO_WITNESS_URL
  if (!url) return undefined
  const text = (name: keyof typeof files): string => {
    const path = env[files[name]]
    if (!path) throw new Error(`HUABIAO_WITNESS_URL needs ${Object.values(files).join(', ')}`)
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw new Error(`${files[name]}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const [ca, cert, key, keys] = [text('ca'), text('cert'), text('key'), text('keys')]
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('no pair')
  } catch {
    throw new Error(`${files.cert} and ${files.key} are no certificate and its key, in PEM`)
  }
  const parsed = WitnessPeerShape.safeParse({ url, ca, cert, key, keys: keysOf(keys) })
  if (parsed.success) return parsed.data
  throw new Error(`HUABIAO_WITNESS_URL: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')} not as expected`)
}

function keysOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { keys?: unknown }).keys
  } catch {
    return undefined
  }
}

export interface WitnessFinding {
  readonly where: string
  /** Empty when all is well. */
  readonly wrong: string
  readonly mend: string
}

/** Asks the witness as the control plane does; undefined where there is none. */
export async function checkWitness(
  state: StateFolder,
  secrets: Secrets,
  { settings, ports }: { settings: Settings; ports: Ports },
): Promise<WitnessFinding | undefined> {
  if (secrets.witness === undefined && !settings.demo) return undefined
  const found = { where: secrets.witness?.url ?? `https://127.0.0.1:${ports.witness}`, wrong: '', mend: '' }
  try {
    const peer = secrets.witness ?? (await demoWitness(state, ports.witness))
    const endsInDays = Math.floor((new Date(new X509Certificate(peer.cert).validTo).getTime() - Date.now()) / 86_400_000)
    if (endsInDays < 14)
      return {
        ...found,
        wrong: `our certificate ends in ${endsInDays} days`,
        mend: 'ask the supervision side for a new one, then down and up with it',
      }
    const { contradictions } = await witnessClient(peer).health()
    if (contradictions === 0) return found
    const wrong = `it holds ${contradictions} contradictions of signed history`
    return {
      ...found,
      wrong,
      mend: 'preserve everything, tell the auditor and supervision: docs/how-to/run-a-witness.md, When history was rewritten',
    }
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    const wrong = `does not answer (${cause?.code ?? cause?.message ?? String(error)})`
    return {
      ...found,
      wrong,
      mend: 'check the network, HUABIAO_WITNESS_URL and that the witness pins our certificate; work goes on meanwhile',
    }
  }
}

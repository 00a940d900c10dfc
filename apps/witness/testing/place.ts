import { createHash, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import type { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { clientCertificate, serverCertificate } from '../../../tools/launch/deployment-ca.ts'
import type { WitnessPeer } from '../../control-plane/witness-client.ts'
import { WitnessConfig } from '../config.ts'
import type { LogLine } from '../server.ts'
import { type RunningWitness, startWitness } from '../witness.ts'

const spkiSha256 = (pem: string): string =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex')

/** A real witness on loopback, with an authority of its own, for a platform, a reader and strangers. */
export async function witnessPlace(signerKeys: readonly PublicKeyEntry[], limits: Partial<WitnessConfig> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'huabiao-witness-'))
  const stateDir = join(dir, 'witness')
  const caDir = join(dir, 'ca')
  for (const folder of [stateDir, caDir]) mkdirSync(folder, { mode: 0o700 })
  const tls = { keyFile: join(dir, 'key.pem'), certFile: join(dir, 'cert.pem'), clientCaFile: join(dir, 'client-ca.pem') }
  await serverCertificate(caDir, tls, ['localhost', '127.0.0.1'])
  const certificateOf = async (name: string, authority = caDir) => {
    const files = { keyFile: join(dir, `${name}.key.pem`), certFile: join(dir, `${name}.pem`) }
    await clientCertificate(authority, files, name)
    return { cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') }
  }
  const [platform, reader] = [await certificateOf('platform'), await certificateOf('reader')]
  const config = WitnessConfig.parse({
    stateDir,
    listen: { host: '127.0.0.1', port: 0 },
    tls,
    platforms: [{ id: 'city', clientSpkiSha256: [spkiSha256(platform.cert)], signerKeys }],
    readers: [{ id: 'supervision', clientSpkiSha256: [spkiSha256(reader.cert)] }],
    ...limits,
  })
  const log: LogLine[] = []
  let running: RunningWitness | undefined
  const start = async (): Promise<void> => {
    running = await startWitness(config, systemClock, (line) => log.push(line))
  }
  const stop = async (): Promise<void> => {
    await running?.close()
    running = undefined
  }
  await start()
  const ca = readFileSync(tls.clientCaFile, 'utf8')
  const { keys } = JSON.parse(readFileSync(join(stateDir, 'keys.json'), 'utf8')) as { keys: PublicKeyEntry[] }
  const as = (certificate: { cert: string; key: string }): WitnessPeer => ({
    url: `https://127.0.0.1:${running!.port}`,
    ca,
    keys,
    ...certificate,
  })
  return {
    stateDir,
    config,
    log,
    keys,
    certificateOf,
    caDirOf: (name: string): string => {
      const folder = join(dir, `ca-${name}`)
      mkdirSync(folder, { mode: 0o700 })
      return folder
    },
    as,
    platform: () => as(platform),
    reader: () => as(reader),
    restart: async () => {
      await stop()
      await start()
    },
    stop,
    remove: async () => {
      await stop()
      rmSync(dir, { recursive: true })
    },
  }
}
export type WitnessPlace = Awaited<ReturnType<typeof witnessPlace>>

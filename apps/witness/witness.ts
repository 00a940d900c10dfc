import type { Clock } from '@huabiao/kit/clock/clock'
import type { WitnessConfig } from './config.ts'
import { Contradictions } from './contradictions.ts'
import { openKeys } from './key-store.ts'
import { SeenHeads } from './seen-heads.ts'
import { type LogLine, witnessServer } from './server.ts'

export interface RunningWitness {
  /** The port that was really taken. */
  readonly port: number
  close(): Promise<void>
}

/** Starts a witness with its clock as an argument. It has no database: its files are its own, and nobody else's. */
export async function startWitness(config: WitnessConfig, clock: Clock, log: (line: LogLine) => void): Promise<RunningWitness> {
  const keys = openKeys(config.stateDir)
  const seen = new SeenHeads(config.stateDir, config.headsPerChainMax)
  const contradictions = new Contradictions(config.stateDir)
  const onContradiction = (chain: string, code: string): void => log({ level: 'error', event: 'contradiction', chain, code })
  const server = witnessServer({ config, keys, seen, contradictions, clock, log, chainsMax: config.chainsMax, onContradiction })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.listen, resolve)
  })
  const bound = server.address()
  return {
    port: bound && typeof bound === 'object' ? bound.port : config.listen.port,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      contradictions.close()
    },
  }
}

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { createWriteStream, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bucketStore } from '@huabiao/domains/evidence/evidence.module'
import { exportForRecheck, listRecheckChains, reportRecheck } from '@huabiao/domains/ledger/ledger-recheck.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import { apiClient } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'
import { evidenceFolder, type Verdict, verifyExport } from '../verify/huabiao-verify.mjs'
import type { RecheckConfig } from './config.ts'

/** An export of a million records takes minutes; what takes longer hangs. */
const exportMaxMs = 30 * 60_000
const callMaxMs = 30_000
const findingsTold = 20

interface Chain {
  readonly tenantId: string
  readonly plane: 'platform' | 'tenant'
}
export type RoundLog = (line: { level: 'info' | 'warn' | 'error'; event: string; [field: string]: unknown }) => void

/**
 * One round: every chain is exported as an auditor exports it, and the verifier, which shares no code with the platform, reads it and
 * every recording it names anew. What it found is said to the control plane chain by chain; a chain that cannot be read, or has no signed
 * head yet, is no success, and its age shows. Answers how many chains held, and how many did not.
 */
export async function recheckAll(config: RecheckConfig, clock: Clock, log: RoundLog): Promise<{ held: number; failed: number }> {
  const key = createPrivateKey(readFileSync(config.serviceKeyFile, 'utf8'))
  const baseUrl = config.controlPlaneUrl.replace(/\/$/, '')
  const headers = serviceHeaders(config.id, key, () => clock.now())
  const bounded: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(callMaxMs) })
  const call = apiClient({ baseUrl, headers, fetch: bounded })
  const found = { held: 0, failed: 0 }
  const { items } = await call(listRecheckChains)
  for (const { tenantId, plane } of items) {
    const chain = { tenantId, plane }
    try {
      const verdict = await recheck(config, { baseUrl, key, clock }, chain)
      if (verdict.findings.some(({ code }) => code === 'no_tree_head')) {
        log({ level: 'warn', event: 'not_signed_yet', ...chain })
        continue
      }
      found[verdict.ok ? 'held' : 'failed'] += 1
      if (!verdict.ok) log({ level: 'error', event: 'findings', ...chain, findings: verdict.findings.slice(0, findingsTold) })
      await call(reportRecheck, { body: resultOf(chain, verdict) })
    } catch (error) {
      found.failed += 1
      log({ level: 'error', event: 'not_rechecked', ...chain, error: error instanceof Error ? error.message : String(error) })
    }
  }
  return found
}

async function recheck(
  config: RecheckConfig,
  of: { baseUrl: string; key: KeyObject; clock: Clock },
  chain: Chain,
): Promise<Verdict> {
  const file = join(config.stateDir, 'export.jsonl')
  try {
    await download(of, config.id, chain, file)
    const { witnessKeys } = config
    const verdict = await verifyExport(file, config.signerKeys, undefined, { witnessKeys, readEvidence: evidenceReader(config) })
    // A chain of which nothing is witnessed yet is no fault: how far the witness is behind is watched elsewhere.
    const findings = verdict.findings.filter(({ code }) => code !== 'no_witness')
    return { ...verdict, ok: findings.length === 0, findings }
  } finally {
    rmSync(file, { force: true })
  }
}

async function download(
  { baseUrl, key, clock }: { baseUrl: string; key: KeyObject; clock: Clock },
  id: string,
  chain: Chain,
  file: string,
): Promise<void> {
  const path = `${exportForRecheck.path}?${new URLSearchParams({ ...chain })}`
  const headers = serviceHeaders(id, key, () => clock.now())('GET', path, undefined)
  const answer = await fetch(`${baseUrl}${path}`, { headers, signal: AbortSignal.timeout(exportMaxMs) })
  if (answer.status !== 200 || !answer.body) throw new Error(`the export was answered with ${answer.status}`)
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(file, { mode: 0o600 }))
}

function evidenceReader({ evidence }: RecheckConfig): (tenant: string, sha256: string) => Promise<Uint8Array | undefined> {
  if ('folder' in evidence) return evidenceFolder(evidence.folder)
  const bucket = bucketStore(evidence.bucket, { now: () => new Date() })
  return (tenantId, sha256) => bucket.get({ tenantId, sha256 })
}

const resultOf = (chain: Chain, { records, recordings, segments, bytes, expired, findings }: Verdict) => ({
  ...chain,
  records,
  recordings,
  segments,
  expired,
  bytes,
  faults: findings.length,
  findings: findings.slice(0, findingsTold).map(({ code, seq, object }) => ({ code, seq, object })),
})

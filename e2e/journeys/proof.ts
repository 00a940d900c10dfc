import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { logonPassword, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { listChains } from '@huabiao/domains/ledger/ledger.contract'
import { apiClient } from '@huabiao/kit/http/client'
import type { Deployment } from '../deployment.ts'
import { cast } from '../portal-change.ts'

const verifier = join(import.meta.dirname, '..', '..', 'apps', 'verify', 'huabiao-verify.mjs')
const verify = (...args: string[]) => spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })

/** The auditor exports the ledger and proves offline that nothing was altered; one byte changed is found. */
export async function proof(on: Deployment): Promise<void> {
  const visitor = apiClient({ baseUrl: on.url, headers: () => ({ 'x-huabiao-client': 'cli' }) })
  const { challenge } = await visitor(logonPassword, {
    body: { login: cast.auditor, password: on.account(cast.auditor).password },
  })
  const { token } = await visitor(logonTotp, { body: { challenge, code: await on.code(cast.auditor) } })
  const auditor = await on.as(cast.auditor)
  // A head is signed within ten seconds of the last record.
  await new Promise((resolve) => setTimeout(resolve, 14_000))
  const { items } = await auditor(listChains)
  const chain = items.find((one) => one.plane === 'platform' && one.size > 20)
  assert.ok(chain, 'the provider has a chain')
  const answer = await fetch(`${on.url}/api/v1/ledger/export?tenantId=${chain.tenantId}&plane=platform`, {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(answer.status, 200)
  const file = join(on.state, 'ledger.jsonl')
  const text = await answer.text()
  writeFileSync(file, text)
  const keys = join(on.state, 'signer', 'keys.json')
  const whole = verify(file, '--keys', keys)
  assert.equal(whole.status, 0, whole.stdout + whole.stderr)
  const at = text.indexOf('change.begun')
  assert.ok(at > 0, 'the change is in the ledger')
  writeFileSync(file, `${text.slice(0, at)}c${text.slice(at + 1, at + 7)}B${text.slice(at + 8)}`)
  assert.equal(verify(file, '--keys', keys).status, 1, 'one byte changed')
  const lines = text.split('\n')
  writeFileSync(file, [...lines.slice(0, 10), ...lines.slice(11)].join('\n'))
  assert.equal(verify(file, '--keys', keys).status, 1, 'one record removed')
  const stranger = JSON.parse(readFileSync(keys, 'utf8')) as { keys: { publicKey: string; keyId: string }[] }
  const strangers = join(on.state, 'other-keys.json')
  writeFileSync(strangers, JSON.stringify({ keys: stranger.keys.map((key) => ({ ...key, keyId: '0'.repeat(16) })) }))
  writeFileSync(file, text)
  assert.equal(verify(file, '--keys', strangers).status, 1, 'another signer')
  writeFileSync(file, 'no ledger\n')
  assert.equal(verify(file).status, 2)
}

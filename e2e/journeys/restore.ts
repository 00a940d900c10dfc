import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listChains } from '@huabiao/domains/ledger/ledger.contract'
import { listSessions } from '@huabiao/domains/session/session.contract'
import { eventually } from '../crash-deployment.ts'
import { auditorOf, proveLedgers } from '../crash-proof.ts'
import { type Deployment, huabiao, newState, startDeployment, zeroPorts } from '../deployment.ts'
import { asOwner } from '../owner-database.ts'
import { cast } from '../portal-change.ts'
import { firstChange } from './first-change.ts'

/** The machine is lost: what was done on it is read, replayed and verified on another one, from a backup taken while it worked. */

const on = (state: string): NodeJS.ProcessEnv => ({ ...process.env, ...zeroPorts, HUABIAO_STATE: state })

async function refused(state: string, code: string, ...args: string[]): Promise<void> {
  const { code: status, text } = await huabiao(on(state), ...args)
  assert.equal(status, 1, text)
  assert.ok(text.includes(code), `${code} expected: ${text}`)
}

/** Waits until signed heads cover every chain as it is now. */
async function covered(deployment: Deployment): Promise<void> {
  const auditor = await deployment.as(cast.auditor)
  const wanted = new Map((await auditor(listChains)).items.map(({ tenantId, plane, size }) => [`${tenantId} ${plane}`, size]))
  await eventually('every chain is covered', async () => {
    const { items } = await auditor(listChains)
    return items.every(({ tenantId, plane, head }) => (head?.size ?? 0) >= (wanted.get(`${tenantId} ${plane}`) ?? 0)) || undefined
  })
}

async function recordingOf(deployment: Deployment): Promise<string> {
  const auditor = await deployment.as(cast.auditor)
  const { items } = await auditor(listSessions)
  const session = items.find(({ state }) => state === 'sealed')
  assert.ok(session, 'a sealed session')
  return (await auditorOf(deployment))(`/sessions/${session.id}/recording`)
}

/** A byte of a file of the backup turned, for as long as `look` takes. */
async function withFlippedByte(backup: string, path: string, look: () => Promise<void>): Promise<void> {
  const whole = readFileSync(join(backup, path))
  const flipped = Buffer.from(whole)
  const middle = flipped.length >> 1
  flipped[middle] = flipped[middle]! ^ 1
  writeFileSync(join(backup, path), flipped)
  await look()
  writeFileSync(join(backup, path), whole)
}

async function refusesDamaged(backup: string): Promise<void> {
  const fresh = newState()
  const evidence = globSync('evidence/*/*/*', { cwd: backup }).filter((path) => /[0-9a-f]{64}$/.test(path))[0]!
  for (const path of [evidence, 'database/ledger_record.rows', 'state/signer/private-keys.json'])
    await withFlippedByte(backup, path, () => refused(fresh, `backup.file_altered (${path})`, 'restore', backup))
  await withFlippedByte(backup, 'manifest.json', () => refused(fresh, 'backup.manifest_altered', 'restore', backup))
  await refused(fresh, 'backup.manifest_altered', 'restore', backup, '--digest', '0'.repeat(64))
  assert.deepEqual(
    readdirSync(fresh).filter((name) => name !== 'compile-cache'),
    [],
    'nothing was touched',
  )
  rmSync(fresh, { recursive: true, force: true })
}

/** What a restore over the deployment that goes on answers, and that giving up its later history is said and recorded. */
async function replacesOnlyWhenTold(deployment: Deployment, backup: string): Promise<void> {
  const { state } = deployment
  await refused(state, 'restore.running', 'restore', backup)
  await huabiao(on(state), 'down')
  await refused(state, 'restore.holds_data', 'restore', backup)
  await refused(state, 'restore.history_shorter', 'restore', backup, '--replace')
  const { code, text } = await huabiao(on(state), 'restore', backup, '--replace', '--discard-history')
  assert.equal(code, 0, text)
  assert.equal(readdirSync(state).filter((name) => name.startsWith('replaced-')).length, 1, 'what was here is kept')
}

export async function restore(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hb-backup-'))
  const backup = join(folder, 'backup')
  const first = await startDeployment()
  let second: Deployment | undefined
  try {
    await firstChange(first)
    const recording = await recordingOf(first)
    await covered(first)
    const taken = await first.command('backup', backup)
    assert.equal(taken.code, 0, taken.text)
    const secrets = Object.values(JSON.parse(readFileSync(join(first.state, 'secrets.json'), 'utf8')) as Record<string, string>)
    assert.ok(!secrets.some((secret) => taken.text.includes(secret)), 'no secret is printed')
    await refused(first.state, 'backup.folder_in_use', 'backup', backup)
    await refusesDamaged(backup)
    // The auditor logs on once more, and the signer signs a history that the backup does not hold.
    await auditorOf(first)
    await covered(first)
    await replacesOnlyWhenTold(first, backup)
    rmSync(first.state, { recursive: true, force: true })

    const state = newState()
    const restored = await huabiao(on(state), 'restore', backup)
    assert.equal(restored.code, 0, restored.text)
    assert.ok(!existsSync(join(state, 'restore-unfinished.json')))
    second = await startDeployment({ HUABIAO_STATE: state })
    // A code serves once, and what was restored remembers that: the next one is waited for.
    await sleep(30_500 - (Date.now() % 30_000))
    assert.equal(await recordingOf(second), recording, 'the recording replays as before')
    await proveLedgers(second)
    assert.equal(
      (await restoreRecords(second)).length,
      JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')).chains.length,
    )
  } finally {
    await second?.stop()
    await first.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the chains themselves say of the restore. */
const restoreRecords = (deployment: Deployment): Promise<{ object: string }[]> =>
  asOwner(deployment, async (client) => {
    const { rows } = await client.query<{ object: string }>("select object from ledger_record where act = 'ledger.restored'")
    return rows
  })

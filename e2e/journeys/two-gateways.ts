import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { listSessions } from '@huabiao/domains/session/session.contract'
import { CountedChange } from '../crash-change.ts'
import { eventually, goOn, type Process, pidOf, stayPresent, stopProcess } from '../crash-deployment.ts'
import { startDeployment } from '../deployment.ts'
import { cast } from '../portal-change.ts'

const processOf: Readonly<Record<string, Process>> = { 'gw-platform-1': 'bastion', 'gw-platform-2': 'bastion-2' }

/**
 * Two gateways of the platform's plane, and one of them falls silent in the middle of its work (S3-A.8-02): what it did pauses and says so,
 * what the other does goes on, new sessions open there, and the paused change goes on there too. Nothing runs twice, before nor after
 * the silent one comes back.
 */
export async function twoGateways(): Promise<void> {
  const on = await startDeployment({ HUABIAO_PLATFORM_GATEWAYS: '2' })
  const at = (targetName: string) => new CountedChange(on, { targetName, steps: 2 })
  const [first, second, third] = [at('portal-web-01'), at('archive-db-01'), at('portal-app-01')]
  const gatewayOf = async (change: CountedChange): Promise<string> => {
    const { items } = await (await on.as(cast.executor))(listSessions, { query: { changeId: change.id } })
    return items[0]!.gatewayId
  }
  let leave = (): void => undefined
  try {
    await first.begin()
    await second.begin()
    leave = stayPresent(on, [first.id, second.id])
    const [dead, alive] = [await gatewayOf(first), await gatewayOf(second)]
    assert.notEqual(dead, alive, 'sessions are shared out')
    await first.settled((await first.ask()).runId)
    stopProcess(on, processOf[dead]!)

    const step = await second.settled((await second.ask()).runId)
    assert.equal(step.state, 'succeeded', `the other goes on: ${step.detail}`)
    const paused = await first.until('it pauses and says why', ({ state }) => state === 'paused', 120_000)
    assert.equal(paused.pauseReason, 'gateway-lost')
    await third.begin()
    assert.equal(await gatewayOf(third), alive, 'new sessions open where somebody is')
    leave()
    leave = stayPresent(on, [first.id, second.id, third.id])

    await first.resume('retry')
    assert.equal(await gatewayOf(first), alive, 'the change goes on through the other')
    const next = await first.ask()
    assert.equal((await first.settled(next.runId)).state, 'succeeded')
    goOn(on, processOf[dead]!)
    const sessions = await eventually('what the silent one recorded is sealed', async () => {
      const { items } = await (await on.as(cast.executor))(listSessions, { query: { changeId: first.id } })
      return items.length === 2 && ['sealed', 'gap'].includes(items[1]!.state) ? items : undefined
    })
    assert.equal(sessions[1]!.gatewayId, dead)
    assert.deepEqual(
      ['s1 begin', 's1 end', 's2 begin', 's2 end'].map((line) => first.count(line)),
      [1, 1, 1, 1],
      'nothing ran twice',
    )
    isConfined(['bastion', 'bastion-2', 'bastion-tenant'].map((name) => pidOf(on, name as Process)))
    console.log(`    ${dead} fell silent: its change paused, went on through ${alive}, each step once`)
  } finally {
    leave()
    await on.stop()
  }
}

/** NT-E06, of the running processes: accounts of their own, and none of them root, where the launcher itself is. */
function isConfined(pids: readonly number[]): void {
  const uids = pids.map((pid) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
  if (process.getuid?.() !== 0 || uids.every((uid) => uid === 0)) return
  assert.equal(new Set(uids).size, pids.length, 'each gateway has an account of its own')
  assert.ok(!uids.includes(0), 'no gateway is root')
}

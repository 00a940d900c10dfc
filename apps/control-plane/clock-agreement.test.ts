import { systemClock } from '@huabiao/kit/clock/system-clock'
import { type Database, openDatabase } from '@huabiao/kit/db/db'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whileClocksAgree } from './clock-agreement.ts'

let db: Database
beforeAll(async () => {
  db = openDatabase({ url: (await testDatabase()).appUrl })
}, 60_000)
afterAll(() => db.close())

const offBy = (ms: number) => ({ now: () => new Date(Date.now() + ms) })

test('NT-B02 what time asks for is done while our clock and the database’s agree, and held while they do not', async () => {
  let done = 0
  const work = async () => ++done
  expect(await whileClocksAgree(db, systemClock, work)()).toBe(1)
  expect(await whileClocksAgree(db, offBy(1_500), work)()).toBe(2)
  for (const ms of [300_000, -300_000, 2_600, -2_600])
    await expect(whileClocksAgree(db, offBy(ms), work)()).rejects.toThrow('unavailable: clock')
  expect(done).toBe(2)
})

test('NT-B02 nothing is written by a clock that the database’s disagrees with, and reading goes on', async () => {
  const { appUrl: url } = await testDatabase()
  for (const [ms, written] of [
    [0, true],
    [1_000, true],
    [-20_000, true],
    [3_000, false],
    [300_000, false],
    [-300_000, false],
  ] as const) {
    const skewed = openDatabase({ url, clock: offBy(ms) })
    const writing = skewed.transact({ kind: 'nobody' }, async () => 'written')
    if (written) expect(await writing).toBe('written')
    else await expect(writing).rejects.toThrow('unavailable: clock')
    expect(await skewed.read({ kind: 'nobody' }, async () => 'read')).toBe('read')
    await skewed.close()
  }
})

test('a database that does not answer holds it as well', async () => {
  const away = openDatabase({ url: 'postgres://huabiao@127.0.0.1:1/huabiao' })
  await expect(whileClocksAgree(away, systemClock, async () => 1)()).rejects.toThrow()
  await away.close()
})

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyFreePort } from './ports.ts'
import { initialise, postgresUrl, type RunningPostgres, startPostgres, superuser } from './postgres.ts'
import { type PostgresPlace, placePostgres } from './postgres-place.ts'
import { isAlive, signal, waitGone } from './proc.ts'

const superuserPassword = 'a-test-secret'
let folder: string
let place: PostgresPlace
let port: number
let logFd: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'huabiao-pg-'))
  const { chmodSync } = await import('node:fs')
  chmodSync(folder, 0o711)
  logFd = openSync(join(folder, 'postgres.log'), 'a')
  place = await placePostgres(folder)
  port = await anyFreePort()
})

afterAll(() => {
  closeSync(logFd)
  rmSync(folder, { recursive: true, force: true })
})

const start = (): Promise<RunningPostgres> => startPostgres({ place, superuserPassword, port, logFd })

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgresUrl(port, superuser, superuserPassword, 'postgres') })
  client.on('error', () => undefined)
  await client.connect()
  const result = await client.query(text)
  await client.end()
  return result.rows
}

test('the embedded server starts, stops, starts again, and keeps every row through kill -9 of its postmaster', async () => {
  expect(await initialise(place, superuserPassword)).toBe(true)
  expect(await initialise(place, superuserPassword)).toBe(false)
  const first = await start()
  await query('create table kept (n int)')
  await query('insert into kept values (1)')
  const second = await start()
  expect(second.attached).toBe(true)
  expect(second.id).toEqual(first.id)
  await second.stop()
  expect(isAlive(first.id)).toBe(false)

  const third = await start()
  expect(third.attached).toBe(false)
  await query('insert into kept values (2)')
  signal(third.id, 'SIGKILL')
  expect(await waitGone(third.id, 5_000)).toBe(true)
  const fourth = await start()
  expect(fourth.id).not.toEqual(third.id)
  expect(await query('select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }])
  await fourth.stop()
  await sleep(50)
  expect(readFileSync(join(folder, 'postgres.log'), 'utf8')).not.toContain(superuserPassword)
}, 90_000)

test('each test file gets a database of its own', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()])
  const client = new pg.Client({ connectionString: one.ownerUrl })
  await client.connect()
  await client.query('create table only_here (n int)')
  const other = new pg.Client({ connectionString: two.ownerUrl })
  await other.connect()
  await expect(other.query('select * from only_here')).rejects.toThrow('does not exist')
  await other.end()
  await client.end()
  await Promise.all([one.drop(), two.drop()])
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refuseUnlessAlone } from './own-place.ts'
import { spawnConfined } from './testing/confined.ts'
import { GatewayHarness } from './testing/gateway-harness.ts'
import { freePort } from './testing/sshd-target.ts'

const folder = mkdtempSync(join(tmpdir(), 'hb-place-'))
const secret = join(folder, 'private-keys.json')
const socket = join(folder, 'signer.sock')
let database: Server
let signer: Server
let port = 0
beforeAll(async () => {
  writeFileSync(secret, '{}', { mode: 0o600 })
  database = createServer().listen(0, '127.0.0.1')
  signer = createServer().listen(socket)
  await new Promise((resolve) => signer.once('listening', resolve))
  port = (database.address() as { port: number }).port
})
afterAll(() => {
  database.close()
  signer.close()
  rmSync(folder, { recursive: true, force: true })
})
const nothing = { mayBeRoot: false, mustNotRead: [], mustNotReach: [] }
const alone = { uid: 64_103, environment: { LC_ALL: 'C.UTF-8', TZ: 'UTC' } }

test('a gateway with nothing but its own starts (NT-E06)', async () => {
  const walls = { ...nothing, mustNotRead: [join(folder, 'absent')], mustNotReach: [`127.0.0.1:${await freePort()}`] }
  await expect(refuseUnlessAlone(walls, alone)).resolves.toBeUndefined()
})

test('each thing it must not have is named: root, a credential, a key, a way to the database or the signer (NT-E06)', async () => {
  await expect(refuseUnlessAlone(nothing, { ...alone, uid: 0 })).rejects.toThrow('runs as root')
  await expect(refuseUnlessAlone({ ...nothing, mayBeRoot: true }, { ...alone, uid: 0 })).resolves.toBeUndefined()
  for (const name of ['PGPASSWORD', 'DATABASE_URL', 'HUABIAO_DATABASE_URL', 'SIGNER_TOKEN'])
    await expect(refuseUnlessAlone(nothing, { ...alone, environment: { [name]: 'x' } })).rejects.toThrow(name)
  await expect(refuseUnlessAlone({ ...nothing, mustNotRead: [secret] }, alone)).rejects.toThrow(`may read ${secret}`)
  for (const to of [`127.0.0.1:${port}`, socket])
    await expect(refuseUnlessAlone({ ...nothing, mustNotReach: [to] }, alone)).rejects.toThrow(`a way to ${to}`)
})

test('an address of IPv6 is looked at as any other, and what is no address is no wall (NT-E06)', async () => {
  const six = createServer().listen(0, '::1')
  await new Promise((resolve) => six.once('listening', resolve))
  try {
    const to = `[::1]:${(six.address() as { port: number }).port}`
    await expect(refuseUnlessAlone({ ...nothing, mustNotReach: [to] }, alone)).rejects.toThrow(`a way to ${to}`)
  } finally {
    six.close()
  }
  for (const to of ['database', 'database:', 'database:port', ':5432', '[::1]:'])
    await expect(refuseUnlessAlone({ ...nothing, mustNotReach: [to] }, alone), to).rejects.toThrow(RangeError)
})

test('the process itself does not start where it has a way to the database (NT-E06)', async () => {
  const h = new GatewayHarness()
  await h.prepare()
  try {
    const configFile = join(h.folder, 'gateway.json')
    writeFileSync(configFile, JSON.stringify({ ...h.config, mustNotReach: [`127.0.0.1:${port}`] }))
    const code = await new Promise((resolve) => spawnConfined(h, configFile).once('close', resolve))
    expect(code).not.toBe(0)
    expect(JSON.stringify(h.log)).toContain('NT-E06')
  } finally {
    await h.stop()
  }
})

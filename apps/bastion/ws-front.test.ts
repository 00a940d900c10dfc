import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GatewayHarness } from './testing/gateway-harness.ts'

/** What no browser would send to the browser's door: request targets that are none, frames that break the protocol. */
const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
}, 60_000)
afterAll(() => h.stop())

const upgrade = (target: string, origin = 'http://console.test'): string =>
  `GET ${target} HTTP/1.1\r\nhost: gateway\r\nconnection: upgrade\r\nupgrade: websocket\r\norigin: ${origin}\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`

/** A raw socket and all that came back on it. */
function dial(): { socket: Socket; received: () => Buffer; closed: Promise<void> } {
  const socket = connect(h.bastion!.wsPort, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return { socket, received: () => Buffer.concat(chunks), closed }
}
async function answerTo(bytes: string): Promise<string> {
  const { socket, received, closed } = dial()
  socket.write(bytes)
  await Promise.race([closed, sleep(10_000)])
  socket.destroy()
  return received().toString('latin1')
}
/** The gateway still lets a browser in. */
async function expectAlive(): Promise<void> {
  const { socket, received } = await terminal()
  expect(received().toString('latin1')).toContain('101 Switching Protocols')
  socket.destroy()
}
let tickets = 0
async function terminal() {
  tickets += 1
  h.plane.tickets.set(`fuzz-${tickets}`, { kind: 'terminal', token: h.plane.token, personName: '王强', locale: 'zh-CN' })
  const line = dial()
  line.socket.write(upgrade(`/terminal?ticket=fuzz-${tickets}`))
  for (let i = 0; i < 200 && line.received().length === 0; i += 1) await sleep(25)
  return line
}
function frame(opcode: number, payload: Buffer, over: { masked?: boolean; length?: number; fin?: boolean } = {}): Buffer {
  const { masked = true, length = payload.length, fin = true } = over
  const head =
    length < 126
      ? Buffer.from([(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | length])
      : Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | 127]), longLength(length)])
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}
const longLength = (length: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

describe('the door for browsers', () => {
  test('a request target that is no address is refused, and the gateway stays', async () => {
    for (const target of [
      '//',
      '//:',
      '///',
      'http://[',
      '/terminal?ticket=%',
      '/watch?ticket=%00',
      `/terminal?ticket=${'x'.repeat(5000)}`,
    ]) {
      const answer = await answerTo(upgrade(target))
      expect(answer, target).toMatch(/^HTTP\/1\.1 4\d\d /)
    }
    expect(await answerTo(upgrade('/terminal?ticket=x', 'http://evil.example'))).toMatch(/^HTTP\/1\.1 403 /)
    await expectAlive()
  })

  const wrong: readonly (readonly [string, Buffer])[] = [
    ['a text that is no UTF-8', frame(1, Buffer.from([0xc3, 0x28, 0xff]))],
    ['a message above 16 KiB', frame(1, Buffer.alloc(20_000, 0x61))],
    ['a length of a terabyte', frame(1, Buffer.alloc(10), { length: 2 ** 40 })],
    ['a frame without a mask', frame(1, Buffer.from('hello'), { masked: false })],
    ['a reserved opcode', frame(7, Buffer.from('hello'))],
    ['a ping of 200 bytes', frame(9, Buffer.alloc(200))],
    ['a continuation of nothing', frame(0, Buffer.from('hello'))],
  ]
  test.each(wrong)('%s ends the connection, and that one alone', async (_, bytes) => {
    const { socket, received, closed } = await terminal()
    expect(received().toString('latin1')).toContain('101 Switching Protocols')
    socket.write(bytes)
    await expect(Promise.race([closed.then(() => 'closed'), sleep(10_000).then(() => 'open')])).resolves.toBe('closed')
    await expectAlive()
  })

  test('frames of any bytes never end the gateway', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (parts, framed) => {
          const { socket } = await terminal()
          for (const part of parts) if (!socket.destroyed) socket.write(framed ? frame(part[0]! % 11, Buffer.from(part)) : part)
          await sleep(20)
          socket.destroy()
        },
      ),
      { numRuns: 25, seed: 20_261_125 },
    )
    await expectAlive()
    expect(h.log.filter((line) => line.event === 'bug')).toEqual([])
  }, 60_000)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { readContent, writeContent } from './rsync-content.ts'
import { byOrder, type Entry, readList, writeList } from './rsync-list.ts'
import { done, message, RsyncReader, RsyncWriter } from './rsync-wire.ts'
import { Malformed } from './sftp-packets.ts'

const list = { users: true, groups: true, links: true, devices: true, numericIds: false }
async function* cut(bytes: Buffer, step: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
}
const reading = (bytes: Buffer, step = 7): RsyncReader => new RsyncReader(new ByteReader(cut(bytes, step)))
async function written(write: (output: RsyncWriter) => void | Promise<void>, framed = false): Promise<Buffer> {
  const sent: Buffer[] = []
  const output = new RsyncWriter(async (bytes) => {
    sent.push(bytes)
  })
  if (framed) output.multiplex()
  await write(output)
  await output.flush()
  return Buffer.concat(sent)
}

describe('numbers', () => {
  test('of every length come back as they went', async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeNat(), fc.constantFrom(3, 4), fc.integer({ min: 1, max: 9 }), async (value, least, step) => {
        expect(await reading(await written((output) => void output.varlong(value, least)), step).varlong(least)).toBe(value)
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (value) => {
        expect(await reading(await written((output) => void output.varlong(value, 1))).varint()).toBe(value)
      }),
    )
  })
  test('are those that rsync writes', async () => {
    // As `rsync` 3.5 itself writes them: small ones, those at the edge of a length, a size and a time.
    const hex = async (value: number, least: number) =>
      (await written((output) => void output.varlong(value, least))).toString('hex')
    expect(await hex(100, 1)).toBe('64')
    expect(await hex(200, 1)).toBe('80c8')
    expect(await hex(16_384, 1)).toBe('c00040')
    expect(await hex(0, 3)).toBe('000000')
    expect(await hex(2_500_000, 3)).toBe('26a025')
  })
  test('indices come back in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -1, max: 0x7fffffff }), { maxLength: 20 }), async (indices) => {
        const bytes = await written((output) => {
          for (const index of indices) output.index(index)
        })
        const input = reading(bytes)
        const back: number[] = []
        for (let i = 0; i < indices.length; i++) back.push(await input.index())
        expect(back).toEqual(indices)
      }),
    )
    expect(done).toBe(-1)
  })
})

const name = fc
  .array(fc.constantFrom('a', 'b', 'a.b', 'a-', '版', 'ab', '0', 'n'.repeat(130)), { minLength: 1, maxLength: 4 })
  .map((words) => words.join('/'))
describe('lists', () => {
  test('come back whole, in the order of indices', async () => {
    const entry = fc.record({ name, kind: fc.constantFrom('file' as const, 'folder' as const), bytes: fc.maxSafeNat() })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { selector: (one) => one.name, maxLength: 12 }),
        fc.boolean(),
        async (entries, numericIds) => {
          const sent = entries.map((one) => ({
            ...one,
            at: new Date(1_764_000_000_000),
            mode: one.kind === 'folder' ? 0o040555 : 0o100400,
          }))
          const bytes = await written((output) => writeList(output, sent, { ...list, numericIds }))
          expect(await readList(reading(bytes), { ...list, numericIds })).toEqual(entries.toSorted(byOrder))
        },
      ),
    )
  })
  test('put files before folders, folders by their slash, and a folder before what is in it', () => {
    const of = (...names: string[]): Entry[] =>
      names.map((one) => ({ name: one.replace(/\/$/, ''), kind: one.endsWith('/') || one === '.' ? 'folder' : 'file', bytes: 0 }))
    const order = of('.', 'a', 'z', 'a.b/', 'a.b/x', 'b/', 'b/y', 'b/a/', 'b/a/x', 'b0/')
    expect(order.toReversed().toSorted(byOrder)).toEqual(order)
  })
  test('count by their bytes, whatever those are', async () => {
    const entry = (name: Buffer) =>
      Buffer.concat([Buffer.of(0x98, name.length), name, Buffer.of(0, 0, 0), Buffer.from('a4810000', 'hex')])
    const names = [Buffer.from('z'), Buffer.of(0xff), Buffer.from('版'), Buffer.of(0x80)]
    const read = await readList(reading(Buffer.concat([...names.map(entry), Buffer.of(0, 0, 0)])), list)
    expect(read.map((one) => one.name)).toEqual(['z', '\uFFFD', '版', '\uFFFD'])
  })
  test('of links and devices are read to their end; entries without end, names too long and flags of refused options are malformed', async () => {
    const link = Buffer.concat([
      Buffer.of(0x98, 1, 0x6c, 0, 0, 0),
      Buffer.from('ffa10000', 'hex'),
      Buffer.of(3),
      Buffer.from('etc'),
      Buffer.of(0, 0, 0),
    ])
    expect(await readList(reading(link), list)).toEqual([{ name: 'l', kind: 'link', bytes: 0 }])
    const file = Buffer.concat([Buffer.of(0x98, 1, 0x61, 0, 0, 0), Buffer.from('a4810000', 'hex')])
    expect(await readList(reading(Buffer.concat([file, Buffer.of(0, 0, 0)])), list)).toMatchObject([{ name: 'a', kind: 'file' }])
    for (const bytes of [
      Buffer.concat(Array(5_000).fill(file)),
      Buffer.of(0x20, 200, 1, 0x61),
      Buffer.of(0x04, 0x02),
      Buffer.of(0x58, 0xc0, 0xff, 0xff),
    ])
      await expect(readList(reading(bytes, 4_096), list)).rejects.toBeInstanceOf(Malformed)
  })
})

describe('contents', () => {
  test('come back as they went, deflated or not, in frames', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.integer({ min: 0, max: 100_000 }).map((size) => new Uint8Array(size).fill(65)),
    )
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), fc.integer({ min: 500, max: 90_000 }), async (bytes, compressed, step) => {
        const sent = await written((output) => writeContent(output, compressed, cut(Buffer.from(bytes), step)), true)
        const input = reading(sent, 10_000)
        input.demultiplex()
        const pieces: Buffer[] = []
        await readContent(input, compressed, async (piece) => void pieces.push(Buffer.from(piece)))
        expect(Buffer.concat(pieces).equals(Buffer.from(bytes))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
  test('any other bytes are malformed or come to nothing, and nothing else is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, compressed) => {
        const input = reading(Buffer.from(bytes))
        const fault = await readContent(input, compressed, async () => undefined).catch((cause: unknown) => cause)
        expect(fault === undefined || fault instanceof Malformed, String(fault)).toBe(true)
      }),
    )
  })
  test('a file that cannot be sent is told beside the data, and other messages are passed over', async () => {
    const bytes = await written(async (output) => {
      await output.message(2, Buffer.from('chatter'))
      const index = Buffer.alloc(4)
      index.writeInt32LE(5)
      await output.message(message.noSend, index)
      output.index(6)
    }, true)
    const input = reading(bytes)
    input.demultiplex()
    expect(await input.comes(5)).toBe(false)
    expect(await input.comes(6)).toBe(true)
    expect(await input.index()).toBe(6)
  })
})

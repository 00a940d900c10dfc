import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFileCommand } from './file-command.ts'
import { Malformed, PacketReader, packetMaxBytes, parseRequest } from './sftp-packets.ts'

const uint32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n >>> 0)
  return bytes
}
const string = (text: string | Buffer): Buffer => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text as string)])
const packetOf = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([uint32(body.length), body])
}
const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const places = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}

describe('packets', () => {
  test('come out whole and the same however the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (bodies, cuts) => {
          const stream = Buffer.concat(bodies.map((body) => packetOf(Buffer.from(body))))
          const reader = new PacketReader()
          const seen = cut(stream, cuts).flatMap((chunk) => [...reader.feed(chunk)].map((one) => Buffer.from(one)))
          expect(seen.map((one) => one.toString('hex'))).toEqual(bodies.map((one) => Buffer.from(one).toString('hex')))
          expect(reader.held).toBe(0)
        },
      ),
      { numRuns: 500 },
    )
  })
  test('any bytes are requests, incomplete or malformed; nothing else is thrown, and no more is held than one packet', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }), (chunks) => {
        const reader = new PacketReader()
        try {
          for (const chunk of chunks) for (const packet of reader.feed(Buffer.from(chunk))) parseRequest(packet)
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed)
        }
        expect(reader.held).toBeLessThanOrEqual(packetMaxBytes + 4 + 400)
      }),
      { numRuns: 3_000 },
    )
  })
  test('a request of any type with any fields parses or is malformed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Array.from({ length: 30 }, (_, i) => i), 200, 255),
        fc.uint8Array({ maxLength: 200 }),
        (type, body) => {
          try {
            expect(parseRequest(Buffer.concat([Buffer.of(type), Buffer.from(body)]))).toHaveProperty('op')
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed)
          }
        },
      ),
      { numRuns: 5_000 },
    )
  })
  test('a length beyond the bound ends it at its fourth byte, before anything is kept', () => {
    for (const length of [0, packetMaxBytes + 1, 0x7fffffff, 0xffffffff])
      expect(() => [...new PacketReader().feed(uint32(length))]).toThrow(Malformed)
    const reader = new PacketReader()
    expect([...reader.feed(Buffer.concat([uint32(packetMaxBytes), Buffer.of(3)]))]).toEqual([])
  })
  test('bytes after the last field, strings longer than their packet and attributes without end are malformed', () => {
    const open = (rest: Buffer): Buffer => Buffer.concat([Buffer.of(3), uint32(1), string('/x'), uint32(2), rest])
    expect(parseRequest(open(uint32(0)))).toEqual({ op: 'open', id: 1, path: '/x', flags: 2 })
    for (const rest of [
      Buffer.concat([uint32(0), Buffer.of(1)]),
      uint32(1),
      Buffer.concat([uint32(0x80000000), uint32(0xffffffff)]),
    ])
      expect(() => parseRequest(open(rest))).toThrow(Malformed)
    expect(() => parseRequest(Buffer.concat([Buffer.of(17), uint32(1), uint32(0xffffffff)]))).toThrow(Malformed)
  })
})

describe('command lines of scp and rsync', () => {
  test('are read as those programs mean them', () => {
    const scp = { kind: 'scp', recursive: false, folder: false }
    expect(parseFileCommand('scp -t /upload/CHG-1/deploy/app.tgz')).toEqual({
      ...scp,
      mode: 'sink',
      path: '/upload/CHG-1/deploy/app.tgz',
    })
    expect(parseFileCommand('scp -v -p -d -t -- /upload')).toEqual({ ...scp, mode: 'sink', folder: true, path: '/upload' })
    expect(parseFileCommand("scp -r -f '/a b'")).toEqual({ ...scp, mode: 'source', recursive: true, path: '/a b' })
    const list = { users: true, groups: true, links: true, devices: true, numericIds: false }
    expect(parseFileCommand('rsync --server -logDtprze.iLsfxCIvu --partial . /upload/x')).toEqual({
      kind: 'rsync',
      direction: 'in',
      path: '/upload/x',
      options: { recursive: true, folders: false, compressed: true, list },
    })
    expect(parseFileCommand('rsync --server --sender -vlogDtpre.iLsfxCIvu --numeric-ids . /etc/')).toEqual({
      kind: 'rsync',
      direction: 'out',
      path: '/etc/',
      options: { recursive: true, folders: false, compressed: false, list: { ...list, numericIds: true } },
    })
    expect(parseFileCommand('status CHG-1')).toBeUndefined()
    expect(parseFileCommand('scpx -t /')).toBeUndefined()
  })
  test('of rsync that ask for what does not exist here have no options', () => {
    for (const words of [
      '-ne.LsfxCIvu',
      '-ce.L',
      '-logDtpAXre.iLs',
      '-re.iL --delete',
      '-re.iL --inplace',
      '-R',
      '--append',
      '--rsh=x',
    ])
      expect(parseFileCommand(`rsync --server ${words} . /upload/x`), words).toMatchObject({ kind: 'rsync', options: undefined })
    expect(parseFileCommand('rsync --server -re.iL . /upload/x /etc')).toMatchObject({ path: '/etc', options: undefined })
  })
  test('are unreadable where they say anything else', () => {
    for (const line of [
      'scp',
      'scp -t',
      'scp -t a b',
      'scp -t -f a',
      'scp -t -S x a',
      'scp -t a; id',
      'scp -t $(id)',
      'scp -t a > b',
      'rsync --daemon',
      'rsync --server -x',
      'scp -t a\n',
    ])
      expect(parseFileCommand(line), line).toMatchObject({ kind: 'unreadable' })
  })
})

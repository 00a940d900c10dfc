import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/** rsync as people use it: the real client against the gateway, both ways. */

const h = new GatewayHarness()
const { transfers } = h.plane
const to = 'wang.qiang@127.0.0.1'
/** Half of it can be compressed, half cannot. */
const content = Buffer.concat([randomBytes(1_500_000), Buffer.from('政务云 '.repeat(100_000))])
const deploy = '/upload/CHG-1/deploy'
const place = `${deploy}/app.tgz`
const ticket = '/download/OUT-20261125-0a0b0c0d/app.log'
let rsh = ''
beforeAll(async () => {
  await h.prepare()
  await h.start()
  rsh = ['ssh', ...h.sshOptions, '-p', String(h.bastion!.sshPort)].join(' ')
  writeFileSync(join(h.folder, 'app.tgz'), content)
  writeFileSync(join(h.folder, 'other.tgz'), randomBytes(content.length))
  writeFileSync(join(h.folder, 'large.tgz'), Buffer.concat([content, Buffer.of(1)]))
}, 60_000)
afterAll(() => h.stop())
beforeEach(() => {
  transfers.places = []
  transfers.meanwhile = () => undefined
  transfers.offer(place, content)
  transfers.asked.length = 0
  transfers.ended.clear()
})
const rsync = (...args: string[]) => h.run('rsync', ['-e', rsh, ...args], { ms: 60_000 })
const local = (name: string): string => join(h.folder, name)
const ends = () => [...transfers.ended.values()]
const asked = () =>
  transfers.asked.map(({ direction, path, refused }) => [direction, path, ...(refused ? [refused] : [])].join(' '))
const spool = () => readdirSync(join(h.folder, 'spool', 'quarantine'))

test.each([
  ['-a'],
  ['-avz'],
  ['-avP'],
  ['-t'],
  ['-ai'],
  ['-rzuW'],
  ['-a', '--numeric-ids', '--info=progress2'],
])('rsync %s brings in what the plan pins, with its digests, and nothing stays behind', async (...options) => {
  const done = await rsync(...options, local('app.tgz'), `${to}:${place}`)
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(transfers.asked).toMatchObject([{ channel: 'rsync', direction: 'in', path: place }])
  const digest = (name: string) => createHash(name).update(content).digest('hex')
  expect(ends()).toMatchObject([
    { outcome: 'complete', refusal: null, bytes: content.length, sm3: digest('sm3'), sha256: digest('sha256') },
  ])
  const [id] = [...transfers.ended.keys()]
  expect(Buffer.concat(transfers.parts.get(id!)!).equals(content)).toBe(true)
  expect(spool().filter((name) => !name.endsWith('.kept'))).toEqual([])
})
test('a folder takes the file under its own name, with a slash at its end or none', async () => {
  expect(await rsync('-a', local('app.tgz'), `${to}:${deploy}/`)).toMatchObject({ code: 0 })
  expect(await rsync('-a', local('app.tgz'), `${to}:${deploy}`)).toMatchObject({ code: 0 })
  expect(asked()).toEqual([`in ${place}`, `in ${place}`])
})
test('of a whole tree exactly what the plan places comes in; each other file, folder and link is refused by itself', async () => {
  const tree = local('tree')
  const files: Record<string, Buffer> = { 'app.tgz': content, 'a.conf': Buffer.from('a=1\n'), 'z-last': Buffer.alloc(0) }
  for (const folder of ['sub', 'sub/deep', 'sub-b', 'sub.c']) mkdirSync(join(tree, folder), { recursive: true })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(tree, name), bytes)
  for (const name of ['sub/one', 'sub/deep/two', 'sub-b/three', 'sub.c/four', '.hidden', '版本.txt', `${'n'.repeat(250)}.long`])
    writeFileSync(join(tree, name), name)
  symlinkSync('/etc/passwd', join(tree, 'link'))
  for (const [name, bytes] of Object.entries(files)) if (name !== 'app.tgz') transfers.offer(`${deploy}/${name}`, bytes)
  transfers.offer(`${deploy}/sub/one`, Buffer.from('sub/one'))
  const done = await rsync('-az', `${tree}/`, `${to}:${deploy}/`)
  expect(done.code).toBe(23)
  const complete = [...transfers.ended].filter(([, end]) => end.outcome === 'complete')
  expect(complete).toHaveLength(4)
  const came = complete
    .map(([id]) =>
      Buffer.concat(transfers.parts.get(id) ?? [])
        .toString('hex')
        .slice(0, 40),
    )
    .sort()
  expect(came).toEqual(
    [...Object.values(files), Buffer.from('sub/one')].map((bytes) => bytes.toString('hex').slice(0, 40)).sort(),
  )
  expect(asked().sort()).toEqual(
    [
      ...[
        '.hidden',
        'a.conf',
        'app.tgz',
        'sub-b/three',
        'sub.c/four',
        'sub/deep/two',
        'sub/one',
        'z-last',
        '版本.txt',
        `${'n'.repeat(250)}.long`,
      ].map((name) => `in ${deploy}/${name}`),
      ...['link', 'sub-b', 'sub.c', 'sub/deep'].map((name) => `in ${deploy}/${name} transfer.operation_refused`),
    ].sort(),
  )
  expect(done.err).toContain('transfer.not_in_plan · RL-07')
  expect(done.err).toContain('transfer.operation_refused · RL-15')
}, 60_000)
test.each([
  ['-a'],
  ['-az'],
])('rsync %s: other bytes are refused with their reason, and kept in quarantine', async (...options) => {
  const done = await rsync(...options, local('other.tgz'), `${to}:${place}`)
  expect(done.code).toBe(23)
  expect(done.err).toContain('transfer.digest_mismatch · RL-12')
  expect(ends()).toMatchObject([{ outcome: 'refused', code: 'transfer.digest_mismatch', kept: true }])
  const [id] = [...transfers.ended.keys()]
  expect(readFileSync(join(h.folder, 'spool', 'quarantine', `${id}.kept`)).equals(readFileSync(local('other.tgz')))).toBe(true)
})
test('one byte too many is refused, and the files after it still come', async () => {
  transfers.offer(`${deploy}/b.conf`, Buffer.from('b'))
  const folder = local('two')
  mkdirSync(folder)
  writeFileSync(join(folder, 'app.tgz'), readFileSync(local('large.tgz')))
  writeFileSync(join(folder, 'b.conf'), 'b')
  const done = await rsync('-r', `${folder}/`, `${to}:${deploy}/`)
  expect(done.code).toBe(23)
  expect(done.err).toContain('transfer.too_large · RL-07')
  expect(ends()).toMatchObject([
    { outcome: 'refused', code: 'transfer.too_large' },
    { outcome: 'complete', refusal: null },
  ])
})
test('a file that cannot be read where it comes from is no transfer, and the rest comes', async () => {
  transfers.offer(`${deploy}/b.conf`, Buffer.from('b'))
  writeFileSync(local('b.conf'), 'b')
  const gone = local('gone.conf')
  transfers.offer(`${deploy}/gone.conf`, Buffer.from('g'))
  writeFileSync(gone, 'g')
  // It vanishes between the list and the request for it.
  transfers.meanwhile = (path) => {
    if (path.endsWith('/b.conf')) rmSync(gone)
  }
  const done = await rsync('-a', local('b.conf'), gone, `${to}:${deploy}/`)
  expect(done.code).not.toBe(0)
  expect(ends().map(({ outcome, code }) => code ?? outcome)).toEqual(['complete', 'transfer.interrupted'])
})
test.each([
  ['--delete'],
  ['--inplace'],
  ['-n'],
  ['-c'],
  ['-A'],
  ['-H'],
  ['-R'],
  ['-b'],
])('rsync -a %s is refused in words, and on record', async (option) => {
  const done = await rsync('-a', option, local('app.tgz'), `${to}:${place}`)
  expect(done.code).not.toBe(0)
  expect(done.err).toContain('transfer.protocol_unsupported · RL-21')
  expect(asked()).toEqual([`in ${place} transfer.protocol_unsupported`])
  expect(ends()).toEqual([])
})
test('an older protocol and filters on what comes out are refused the same way', async () => {
  expect((await rsync('-a', '--protocol=29', local('app.tgz'), `${to}:${place}`)).err).toContain('transfer.protocol_unsupported')
  transfers.offer(ticket, content, 'out')
  expect((await rsync('-a', '--exclude=x', `${to}:${ticket}`, local('never'))).err).toContain('transfer.protocol_unsupported')
  expect(existsSync(local('never'))).toBe(false)
})
test.each([['-a'], ['-avz'], ['-avP']])('rsync %s takes out what a ticket gives, whole and on record', async (...options) => {
  transfers.offer(ticket, content, 'out')
  const got = local(`got${options.join('')}`)
  // Something is there already, so that the client offers blocks of it.
  writeFileSync(got, content.subarray(0, 900_000))
  const done = await rsync(...options, '--ignore-times', `${to}:${ticket}`, got)
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(readFileSync(got).equals(content)).toBe(true)
  const sha256 = createHash('sha256').update(content).digest('hex')
  await until(() => ends().length > 0)
  expect(ends()).toMatchObject([{ outcome: 'delivered', bytes: content.length, sha256 }])
})
test('a folder of tickets is listed and taken; what is only to be brought in is not given back', async () => {
  transfers.offer(ticket, content, 'out')
  transfers.offer('/download/OUT-20261125-0a0b0c0d/b/trace.txt', Buffer.from('trace'), 'out')
  const listed = await rsync('-r', '--list-only', `${to}:/`)
  expect(listed, listed.err).toMatchObject({ code: 0 })
  expect(listed.out).toMatch(/-r-{8} .* download\/OUT-20261125-0a0b0c0d\/app\.log/)
  expect(asked(), 'to list is to move nothing').toEqual([])
  const done = await rsync('-rt', `${to}:/`, local('all'))
  expect(done.code).toBe(23)
  expect(readFileSync(join(local('all'), ticket)).equals(content)).toBe(true)
  expect(readFileSync(join(local('all'), '/download/OUT-20261125-0a0b0c0d/b/trace.txt'), 'utf8')).toBe('trace')
  expect(existsSync(join(local('all'), place))).toBe(false)
  expect(asked().sort()).toEqual([`out ${ticket}`, 'out /download/OUT-20261125-0a0b0c0d/b/trace.txt', `out ${place}`].sort())
})
test('what no ticket names does not move', async () => {
  const done = await rsync('-a', `${to}:/etc/passwd`, local('passwd'))
  expect(done.code).not.toBe(0)
  expect(done.err).toContain('transfer.no_ticket · RL-22')
  expect(existsSync(local('passwd'))).toBe(false)
  expect(asked()).toEqual(['out /etc/passwd'])
})

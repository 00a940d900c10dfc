import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineOfArgv, lineRefusal, observeFault, observeLine, parseArgv } from './session-observe.model.ts'

test('plain words and quotes are parsed as a shell would, with no shell', () => {
  expect(parseArgv('  grep -n \'two  words\' "and more" /etc/hosts ')).toEqual([
    'grep',
    '-n',
    'two  words',
    'and more',
    '/etc/hosts',
  ])
  expect(parseArgv('a\'b\'"c"d')).toEqual(['abcd'])
  expect(parseArgv("echo ''")).toEqual(['echo', ''])
})
test.each([
  'id; id',
  'a | b',
  'a && b',
  'echo $HOME',
  'echo `id`',
  'echo "$(id)"',
  'a > b',
  'a < b',
  'ls *',
  'ls ~',
  "echo 'open",
  'a\\ b',
  'a\nb',
  'a # b',
  '(id)',
  '{a,b}',
  '',
])('whatever a shell would act on is refused: %j (RL-21)', (line) => expect(parseArgv(line)).toBeUndefined())
test('length and number of words are bounded', () => {
  expect(parseArgv('a'.repeat(401))).toBeUndefined()
  expect(parseArgv('a '.repeat(41))).toBeUndefined()
  expect(parseArgv('a '.repeat(40))).toHaveLength(40)
})
test('a line made of words parses to the same words', () => {
  const word = fc.string({ maxLength: 30 }).filter((text) => !/[\p{Cc}\p{Cf}']/u.test(text))
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 10 }), (argv) => {
      const line = lineOfArgv(argv)
      expect(line === undefined ? undefined : parseArgv(line)).toEqual(argv)
    }),
  )
})
test('only programs that read get a line (RL-15, RL-19)', () => {
  expect(observeLine(['cat', '/etc/hosts'])).toBe('cat /etc/hosts')
  expect(observeLine(['grep', 'a b', '/etc/hosts'])).toBe("grep 'a b' /etc/hosts")
  expect(observeLine(['rm', '-rf', '/'])).toBeUndefined()
  expect(observeLine(['systemctl', 'restart', 'x'])).toBeUndefined()
  expect(observeLine(['cat', "it's"])).toBeUndefined()
})

test('a refused line says which of three reasons it is', () => {
  expect(observeFault('systemctl status sshd')).toBeUndefined()
  expect(observeFault('systemctl restart sshd')).toBe('arguments')
  expect(observeFault('rm -rf /')).toBe('program')
  expect(observeFault('cat /etc/passwd; id')).toBe('syntax')
  expect(observeFault("echo 'it''s' \"it's\"")).toBe('syntax')
})

test.each([
  ['rm -rf /srv/app', 'session.mutation_refused'],
  ['/usr/bin/systemctl restart nginx', 'session.mutation_refused'],
  ['DROP TABLE users', 'session.mutation_refused'],
  ['sudo -i', 'session.root_refused'],
  ['ssh hb-app@10.0.0.1', 'session.other_way_refused'],
  ['scp -t /tmp', 'session.transfer_refused'],
  ['cat /etc/passwd', 'session.no_purpose'],
  ['cat /etc/passwd; id', 'session.direct_shell_refused'],
  ['grant zhao.ming AUD', 'session.direct_shell_refused'],
  ['', 'session.direct_shell_refused'],
])('a free line is told the red line it runs against: %s', (line, code) => {
  expect(lineRefusal(line)).toBe(code)
})

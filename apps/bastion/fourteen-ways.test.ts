import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fourteenWays } from './testing/fourteen-ways.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'
import { Typist } from './testing/typist.ts'

/**
 * The fourteen ways of bastion §2.5 where there is no raw terminal: at the prompt, as a command of the client, and in an observe session. Each is
 * refused and recorded, or runs as the very words that the record holds; never does anything run that is in no record. What a step that
 * was approved does with its own shell is held against the recording likewise. `terminal-ways.test.ts` types them into a real shell.
 */
const h = new GatewayHarness()
/** What really ran on the target: `id` there writes down each time it is started, whoever starts it. */
let ran: () => string[]
beforeAll(async () => {
  await h.prepare()
  await h.start()
  const witness = join(h.folder, 'ran')
  ran = () => (existsSync(witness) ? readFileSync(witness, 'utf8').trim().split('\n') : [])
  const bin = join(h.folder, 'bin')
  writeFileSync(
    join(h.folder, 'with-id.sh'),
    `mkdir -p ${bin}; printf '#!/bin/sh\\necho "$*" >>${witness}\\nexec /usr/bin/id "$@"\\n' >${bin}/id; chmod 755 ${bin}/id\n`,
  )
  const sessionId = await h.openSession()
  const made = h.plane.giveRun({ kind: 'command', line: `sh ${join(h.folder, 'with-id.sh')}` }, {}, sessionId)
  await until(() => h.plane.finished.has(made.id))
})
afterAll(() => h.stop())

const refusals = (): { code: string; detail: string }[] =>
  h.plane.called('reportRefusal').map(({ body }) => body as { code: string; detail: string })
const looked = (): string[][] => h.plane.called('observeCommand').map(({ body }) => body.argv as string[])
/** The lines that a person sees typed keys become: what ends with Enter is one. */
const linesOf = (keys: string): number => keys.split('\r').length - 1

test.each(fourteenWays)(
  'at the prompt, %s: refused, recorded and without effect',
  async (way, keys) => {
    const me = new Typist(h)
    try {
      await me.until(/华表> $|> $/)
      const before = refusals().length
      const effects = ran().length
      me.type(keys)
      me.type('help\r')
      await me.until(/observe/)
      me.type('quit\r')
      await me.gone
      // Keys that leave an empty line, or a word of the prompt's own, are nothing to refuse: nothing was asked for.
      const told = refusals().slice(before)
      expect(told.length).toBeLessThanOrEqual(linesOf(keys))
      if (!['history-up', 'ctrl-R'].includes(way)) expect(told.length).toBeGreaterThan(0)
      for (const { code } of told) expect(code).toMatch(/^session\.|^change\./)
      expect(ran()).toHaveLength(effects)
    } finally {
      me.leave()
    }
  },
  40_000,
)

test.each(fourteenWays)(
  'as a command of the client, %s: refused, recorded and without effect',
  async (_way, keys) => {
    const before = refusals().length
    const effects = ran().length
    const { out, code } = await h.ssh([keys])
    expect([out, code]).toEqual(['', 1])
    await until(() => refusals().length > before)
    expect(refusals().at(-1)?.code).toMatch(/^session\./)
    expect(ran()).toHaveLength(effects)
  },
  40_000,
)

test('in an observe session each runs as the words that are recorded, or is refused and recorded', async () => {
  const me = new Typist(h)
  try {
    await me.until(/> $/)
    me.type('open HB-2026-0007\r')
    await me.until(/> $/)
    me.type('observe portal-web-01\r')
    await me.until(/observe> $/)
    for (const [index, [way, keys]] of fourteenWays.entries()) {
      const before = { refused: refusals().length, looked: looked().length }
      me.type(keys)
      me.type(`echo way-${index}\r`)
      await me.until(new RegExp(`\\r?\\nway-${index}\\r?\\n`), 30_000)
      await me.until(/observe> $/)
      const sent = looked()
        .slice(before.looked)
        .filter(([program]) => program !== 'echo')
      const refused = refusals().slice(before.refused)
      // What is sent is one listed program with literal words; whatever else was typed is in the ledger as refused.
      for (const argv of sent) expect(argv.join(' '), way).toMatch(/^id -un?$/)
      expect(sent.length + refused.length, way).toBeGreaterThan(0)
    }
    me.type('quit\rquit\r')
    await me.gone
  } finally {
    me.leave()
  }
  const { sessionId } = h.plane
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId), 20_000)
  const recorded = h.recorded(sessionId)
  for (const argv of looked()) expect(recorded, argv.join(' ')).toContain(`$ ${argv.join(' ')}`)
  // Every command that the recording names was sent, and no other: as many marks as commands.
  expect(recorded.match(/ \$ /g)).toHaveLength(looked().length)
}, 180_000)

test('what an approved step does with its shell is in the recording as it was approved, with what it said, and its effect once', async () => {
  const sessionId = await h.openSession()
  const path = `PATH=${join(h.folder, 'bin')}:$PATH; export PATH; `
  const steps = [
    'id -un',
    "alias zz='id -un'\nzz",
    'a=i; b=d; $a$b -un',
    'echo aWQgLXVuCg== | base64 -d | sh',
    'eval "$(printf \'i%s -un\' d)"',
    'tput smcup; id -un; tput rmcup',
    'sh <<E\nid -un\nE',
  ]
  for (const step of steps) {
    const before = ran().length
    const line = path + step
    const grant = h.plane.giveRun(
      { kind: 'script', interpreter: 'bash', text: `shopt -s expand_aliases\nexport TERM=xterm\n${line}\n` },
      {},
      sessionId,
    )
    await until(() => h.plane.finished.has(grant.id))
    const { stdout } = h.plane.finished.get(grant.id) as { stdout: string }
    expect(stdout).toContain(h.target.account)
    expect(ran().slice(before), step).toEqual(['-un'])
  }
  h.plane.give({ kind: 'close', sessionId, drain: true, reason: 'over' })
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
  expect(h.recorded(sessionId).split(h.target.account).length - 1).toBeGreaterThanOrEqual(steps.length)
}, 60_000)

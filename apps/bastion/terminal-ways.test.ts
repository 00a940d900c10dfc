import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { claimsOn, type Execution, executionsIn, type Kin } from '@huabiao/domains/reconcile/reconcile.model'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuditLog, startAudit } from './testing/audit.ts'
import { fourteenWays as ways } from './testing/fourteen-ways.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'
import { Typist } from './testing/typist.ts'

/**
 * Fourteen ways to run one command in a terminal (bastion §2.5): keys and echo miss some of them, the kernel of the target none. A real
 * client types them at a real shell through the gateway, and a real auditd writes down what ran.
 */
const h = new GatewayHarness()
let audit: AuditLog
beforeAll(async () => {
  await h.prepare()
  await h.start()
  audit = await startAudit(h.folder)
}, 60_000)
afterAll(async () => {
  await audit?.stop()
  await h.stop()
})

test('14 of 14 ways to run a command are in the target’s own records, each with its session', async () => {
  const me = new Typist(h)
  try {
    await me.until(/华表> /)
    me.type('terminal EC-20261129-0001 portal-web-01 ops\r')
    await me.until(/exit ends it\./)
    me.type("PS1='H''B> '\r")
    await me.until(/HB> /)
    for (const [index, [, keys]] of ways.entries()) {
      me.type(keys)
      me.type(`echo way-${index}-d''one\r`)
      // The prompt too: before it is back, keys such as ctrl-R go to the line discipline instead of the shell.
      await me.until(new RegExp(`way-${index}-done\\s+HB> `))
    }
    // A script file and an interpreter, which make a control by keystrokes decorative.
    const script = join(h.folder, 'quiet.sh')
    writeFileSync(script, '#!/bin/sh\nid -un\n')
    chmodSync(script, 0o755)
    me.type(`${script}\rperl -e 'system("id", "-un")'\recho last-d''one\r`)
    await me.until(/last-done/)
    me.type('exit\r')
    await me.until(/The terminal has ended/)
  } finally {
    me.leave()
  }
  const { terminalId: sessionId } = h.plane
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
  const { executions } = executionsIn(await audit.lines())
  const ran = ofSession(executions, sessionId).filter(({ argv }) => argv.join(' ') === 'id -un')
  expect(ran).toHaveLength(ways.length + 2)
  // Nobody else's command is taken for the session's.
  expect(executions.filter(({ argv }) => argv[1]?.startsWith('hb-audit-')).length).toBeGreaterThan(0)
  expect(ofSession(executions, sessionId).filter(({ argv }) => argv[1]?.startsWith('hb-audit-'))).toEqual([])
}, 180_000)

function ofSession(executions: readonly Execution[], sessionId: string): Execution[] {
  const known: Kin[] = []
  return executions.filter((one) => {
    if (claimsOn(one, known)[0]?.sessionId !== sessionId) return false
    known.unshift({ sessionId, pid: one.pid, ppid: one.ppid, ses: one.ses, tty: one.tty, endedAt: undefined })
    return true
  })
}

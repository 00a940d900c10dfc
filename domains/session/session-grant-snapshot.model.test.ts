import { emptyPlan, type StepAction } from '@huabiao/domains/change/change-plan.model'
import { snapshotAction } from '@huabiao/domains/change/change-snapshot.model'
import { refusal } from '@huabiao/domains/session/session-grant.fixtures'
import { commandDigestOf, grantCommandOf } from '@huabiao/domains/session/session-grant.model'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { describe, expect, test } from 'vitest'

describe('snapshots of items (G-CIV)', () => {
  const question = snapshotAction(emptyPlan)
  const asked = (of: StepAction, phase: 'before' | 'after', state = phase === 'before' ? 'prechecking' : 'verifying') =>
    refusal(
      { stepKey: 'snapshot', phase, danger: 1, command: grantCommandOf(sha256, of), commandDigest: commandDigestOf(sha256, of) },
      {
        state,
        stepKey: 'snapshot',
        stepPhase: phase,
        stepDanger: 1,
        stepAction: of,
        stepCommandDigest: commandDigestOf(sha256, of),
      },
    )
  test.each([
    'before',
    'after',
  ] as const)('%s: the platform’s own questions are signed, and under their name nothing else', (phase) => {
    expect(asked(question, phase)).toBeUndefined()
    if (question.kind !== 'script') throw new Error('a script')
    for (const other of [
      { ...question, text: `${question.text}appctl deploy 9\n` },
      { ...question, interpreter: 'bash' as const },
      { kind: 'command' as const, line: 'appctl status' },
    ])
      expect(asked(other, phase), JSON.stringify(other).slice(0, 40)).toBe('session.grant_command_differs')
  })
  test('and not while it is paused', () => {
    expect(asked(question, 'after', 'paused')).toBe('session.grant_wrong_state')
  })
})

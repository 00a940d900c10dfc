import type { ChangeDetail, StepRunView } from '@huabiao/domains/change/change.contract'
import type { Check, StepAction } from '@huabiao/domains/change/change-plan.model'
import { isSnapshotPhase, snapshotAction, snapshotExpect } from '@huabiao/domains/change/change-snapshot.model'
import type { Say } from './broker-words.ts'

const colours = { prompt: '36', refusal: '33', danger: '31' } as const
export const paint = (kind: keyof typeof colours, text: string, on: boolean): string =>
  on ? `\x1b[${colours[kind]}m${text}\x1b[0m` : text

/** Text of others as it may stand in a terminal: no control character of theirs moves the cursor or hides a line (NT-A06). */
const shown = (text: string): string => text.replace(/\r?\n/g, '\r\n').replace(/(?!\r\n|\t|\n)[\p{Cc}\p{Cf}]/gu, '·')
const row = (name: string, value: string): string => `  ${name}: ${value}`

export function statusText(change: ChangeDetail, say: Say): string {
  const { presence, reviewer, executor } = change
  const lines = [
    `${change.no}  ${shown(change.title)}`,
    row(say('state'), `${say.state(change.state)} · ${change.risk}`),
    row(say('window'), `${say.moment(change.windowStart)} – ${say.moment(change.windowEnd)}`),
    row(say('executor'), shown(executor?.name ?? '—')),
    row(say('reviewer'), `${shown(reviewer?.name ?? '—')} (${say(presence.reviewerPresent ? 'present' : 'absent')})`),
  ]
  if (change.pauseReason) lines.push(row(say('paused'), `${change.pauseReason} ${shown(change.pauseDetail)}`.trim()))
  for (const run of change.runs.slice(-10))
    lines.push(
      `    ${run.batch} ${say.phase(run.phase)} ${run.stepKey} @ ${shown(run.target.name)}  ${say.run(run.state)} ${run.exitCode ?? ''}`.trimEnd(),
    )
  return lines.join('\r\n')
}

/** The next step whole, so that what is confirmed has been on the screen. */
export function nextText(change: ChangeDetail, say: Say, on: boolean): string {
  const { next } = change
  if (!next) {
    const why =
      change.acts.find((act) => act.act === 'runNext')?.refusal ?? change.acts.find((act) => act.act === 'begin')?.refusal
    return [say('nothingNext'), change.pauseReason, why].filter(Boolean).join(' · ')
  }
  const step = change.plan.steps.find((candidate) => candidate.key === next.stepKey)
  const health = next.phase === 'health' ? change.plan.health : null
  const rollback = next.phase === 'rollback' && step?.rollback?.kind === 'action' ? step.rollback : undefined
  const asked = isSnapshotPhase(next.phase) ? { action: snapshotAction(change.plan), expect: snapshotExpect } : undefined
  const what = asked ?? rollback ?? health ?? step
  const target = change.targets.find((candidate) => candidate.id === next.targetId)
  const danger = `${next.danger}${next.needsCosign ? ` · ${say(next.cosigned ? 'cosigned' : 'needsCosign')}` : ''}`
  const lines = [
    row(say('step'), `${next.stepKey} (${say.phase(next.phase)}, ${next.batch})  ${shown(step?.title ?? '')}`.trimEnd()),
    row(say('target'), `${shown(next.targetName)}${target ? ` ${target.host}:${target.port}` : ''}`),
    row(say('account'), (asked ? change.plan.health?.account : undefined) ?? health?.account ?? step?.account ?? '—'),
    row(say('danger'), next.danger >= 3 ? paint('danger', danger, on) : danger),
  ]
  if (what) {
    lines.push(row(say('command'), shown(commandOf(what.action))))
    const { exitCodes, checks } = what.expect
    lines.push(row(say('expect'), [`exit ${exitCodes.join('|')}`, ...checks.map(checkText)].join('; ')))
  }
  return lines.join('\r\n')
}

function commandOf(action: StepAction): string {
  if (action.kind === 'command') return action.line
  if (action.kind === 'interactive') return `⌨ ${action.purpose}`
  if (action.kind === 'artifact') return `${action.path} ${action.mode} sha256:${action.sha256} ${action.bytes} B`
  const head = action.kind === 'script' ? action.interpreter : `${action.path} ${action.mode} sha256:${action.sha256}`
  return `${head}\n${action.text}`
}
function checkText(check: Check): string {
  if (check.kind === 'number') return `number after "${shown(check.after)}" in [${check.min ?? '−∞'}, ${check.max ?? '∞'}]`
  return `${check.kind} "${shown(check.text)}"`
}

export function resultText(run: StepRunView, say: Say, withOutput: boolean): string {
  const lines: string[] = []
  if (withOutput && run.stdout) lines.push(shown(run.stdout))
  if (withOutput && run.stderr) lines.push(shown(run.stderr))
  for (const verdict of run.verdicts) lines.push(`    ${verdict.met ? '✓' : '✗'} ${shown(verdict.found)}`)
  lines.push(
    row(
      say('result'),
      [say.run(run.state), run.exitCode === null ? '' : `exit ${run.exitCode}`, shown(run.detail)].filter(Boolean).join(' · '),
    ),
  )
  return lines.join('\r\n')
}

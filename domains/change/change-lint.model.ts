import type { Standing } from '@huabiao/domains/release/release.model'
import type { ChangePlan, PlanStep, StepAction } from './change-plan.model.ts'
import { sqlOfStep } from './change-sql.model.ts'

export interface LintFinding {
  severity: 'error' | 'warning'
  /** Worded by lintPhrases; braces there hold the params. */
  code: string
  /** Path in the plan: `steps[2].rollback`. */
  at: string
  params: Record<string, string | number>
}

/** Lint of a plan while it is typed (RL-04, RL-08, RL-14, RL-15). Errors hold the plan back; warnings are shown to every approver. */
export interface LintFacts {
  readonly targets: readonly {
    readonly id: string
    readonly name: string
    readonly accounts: readonly { readonly name: string }[]
    readonly environment: string
  }[]
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  readonly minSoakSeconds: number
  /** How a file stands in the release register (RL-12). */
  standing(sha256: string): Standing
  /** SHA-256 of a text, hex. Given by whoever can compute it at once: this file is pure. */
  sha256(text: string): string
}

/** What an approver must not have to spot by eye. Each line: code, severity, and the shape. Texts only: nothing here decides what may run. */
const hazards: readonly { code: string; severity: 'error' | 'warning'; shape: RegExp }[] = [
  { code: 'hazard.delete_root', severity: 'error', shape: /\brm\s+(-[a-zA-Z]+\s+)*(--no-preserve-root\s+)?\/(\s|\*|$)/ },
  {
    code: 'hazard.disk',
    severity: 'error',
    shape: /\b(mkfs(\.\w+)?|fdisk|parted|wipefs)\b|\bdd\b[^|;]*\bof=\/dev\/|>\s*\/dev\/(sd|vd|nvme|mapper)/,
  },
  { code: 'hazard.remote_code', severity: 'error', shape: /\b(curl|wget)\b[^|;]*\|\s*(sudo\s+)?(ba|z|da)?sh\b/ },
  {
    code: 'hazard.interactive',
    severity: 'error',
    shape: /(^|[;&|]\s*)(vi|vim|nano|less|more|top|htop|tmux|screen|man|passwd)\b/,
  },
  { code: 'hazard.background', severity: 'error', shape: /\bnohup\b|\bdisown\b|\bsetsid\b|[^&>]&\s*$/ },
  { code: 'hazard.change_account', severity: 'error', shape: /(^|[;&|]\s*)(sudo|su|runuser|doas)\b/ },
  {
    code: 'hazard.hide_traces',
    severity: 'error',
    shape: /\bhistory\s+-c\b|\bHISTFILE=|\bauditctl\b[^;|]*\s-(e\s*0|D)|\brm\b[^;|]*\/var\/log\b/,
  },
  { code: 'hazard.tunnel', severity: 'error', shape: /(^|[;&|]\s*)(ssh|scp|sftp|nc|ncat|socat|telnet)\b/ },
  {
    code: 'hazard.restart',
    severity: 'warning',
    shape:
      /\b(reboot|shutdown|poweroff|halt|init\s+[06])\b|\bsystemctl\s+(restart|stop|reboot|poweroff)\b|\bservice\s+\S+\s+(restart|stop)\b/,
  },
  { code: 'hazard.mutation', severity: 'warning', shape: /\b(rm|drop\s+table|truncate|delete\s+from|update\s+\w+\s+set)\b/i },
  { code: 'hazard.open_permissions', severity: 'warning', shape: /\bchmod\s+(-R\s+)?(0?777|a\+rwx)\b/ },
  { code: 'hazard.substitution', severity: 'warning', shape: /\$\(|`|\beval\b|\bbase64\s+(-d|--decode)\b/ },
]

const textOf = (action: StepAction): string => (action.kind === 'command' ? action.line : 'text' in action ? action.text : '')

export function lintPlan(plan: ChangePlan, facts: LintFacts): LintFinding[] {
  const found: LintFinding[] = []
  const add = (severity: 'error' | 'warning', code: string, at: string, params: LintFinding['params'] = {}) =>
    found.push({ severity, code, at, params })
  if (plan.impact.trim().length < 10) add('error', 'plan.impact_missing', 'impact')
  if (plan.emergencyPlan.trim().length < 10) add('error', 'plan.emergency_missing', 'emergencyPlan')
  if (!plan.steps.some((step) => step.phase === 'execute')) add('error', 'plan.no_execute_step', 'steps')
  if (!plan.steps.some((step) => step.phase === 'verify')) add('error', 'plan.no_verify_step', 'steps')
  if (!plan.steps.some((step) => step.phase === 'precheck')) add('warning', 'plan.no_precheck_step', 'steps')
  lintOrder(plan.steps, add)
  const known = new Map(facts.targets.map((target) => [target.id, target]))
  const targets = plan.batches.flatMap((batch) => batch.targetIds)
  plan.steps.forEach((step, i) => {
    lintStep(
      step,
      `steps[${i}]`,
      targets.map((id) => known.get(id)),
      facts,
      add,
    )
  })
  lintSql(plan, add)
  lintBatches(plan, facts, known, add)
  lintHealth(plan, facts, add)
  // What the platform begins by itself it must be able to finish by itself.
  if (plan.autoRollback && plan.steps.some((step) => step.phase === 'execute' && step.rollback?.kind !== 'action'))
    add('error', 'plan.auto_rollback_irreversible', 'autoRollback')
  lintWindow(plan, facts, add)
  return found.slice(0, 300)
}

type Add = (severity: 'error' | 'warning', code: string, at: string, params?: LintFinding['params']) => void

function lintOrder(steps: readonly PlanStep[], add: Add): void {
  const rank = { precheck: 0, execute: 1, verify: 2 }
  const seen = new Set<string>()
  steps.forEach((step, i) => {
    if (seen.has(step.key)) add('error', 'step.key_repeated', `steps[${i}].key`, { key: step.key })
    seen.add(step.key)
    const before = steps[i - 1]
    if (before && rank[before.phase] > rank[step.phase]) add('error', 'step.phase_order', `steps[${i}].phase`, { key: step.key })
  })
}

function lintStep(
  step: PlanStep,
  at: string,
  targets: readonly (LintFacts['targets'][number] | undefined)[],
  facts: LintFacts,
  add: Add,
): void {
  for (const target of targets)
    if (target && !target.accounts.some((account) => account.name === step.account)) {
      add('error', 'step.account_unknown', `${at}.account`, { account: step.account, target: target.name })
      break
    }
  lintAction(step.action, `${at}.action`, facts, add)
  if (step.action.kind === 'interactive') lintTerminal(step, at, add)
  if (step.expect.checks.length === 0 && step.phase !== 'execute')
    add('warning', 'step.no_check', `${at}.expect`, { key: step.key })
  if (step.phase === 'execute') {
    if (!step.rollback) add('error', 'step.no_rollback', `${at}.rollback`, { key: step.key })
    else if (step.rollback.kind === 'action') {
      lintAction(step.rollback.action, `${at}.rollback.action`, facts, add)
      // Nobody need be there when the platform rolls back.
      if (step.rollback.action.kind === 'interactive') add('error', 'terminal.out_of_place', `${at}.rollback.action`)
    } else if (step.danger > 1) add('warning', 'step.irreversible', `${at}.rollback`, { key: step.key })
  }
  if (step.phase !== 'execute' && step.danger > 2) add('warning', 'step.danger_in_read_phase', `${at}.danger`, { key: step.key })
  if (step.phase === 'execute' && step.danger < 2) add('warning', 'step.danger_low', `${at}.danger`, { key: step.key })
}

/** A raw terminal is the exception (design §6): a step of its own, at the two highest dangers, never repeated. */
function lintTerminal(step: PlanStep, at: string, add: Add): void {
  if (step.phase !== 'execute') add('error', 'terminal.out_of_place', `${at}.phase`)
  if (step.danger < 4) add('error', 'terminal.danger', `${at}.danger`, { key: step.key })
  if (step.repeat !== 'onceOnly') add('error', 'terminal.once', `${at}.repeat`, { key: step.key })
  add('warning', 'terminal.interactive', `${at}.action`, { key: step.key })
}

function lintAction(action: StepAction, at: string, facts: LintFacts, add: Add): void {
  // The digest is what approvers compare with the release; the gateway would refuse the bytes only when the step is due (RL-12).
  if (action.kind === 'file' && facts.sha256(action.text) !== action.sha256)
    add('error', 'file.digest_mismatch', at, { path: action.path })
  if (action.kind === 'file' || action.kind === 'artifact') {
    const standing = facts.standing(action.sha256)
    if (standing !== 'issued')
      add('error', standing === 'withdrawn' ? 'release.withdrawn' : 'release.missing', at, { path: action.path })
  }
  // A name like a folder's would place nothing, and nobody could upload to it.
  if (action.kind === 'artifact' && action.path.endsWith('/')) add('error', 'artifact.path_is_folder', at, { path: action.path })
  if (action.kind === 'artifact' && action.bytes === 0) add('error', 'artifact.empty', at, { path: action.path })
  for (const hazard of hazards) if (hazard.shape.test(textOf(action))) add(hazard.severity, hazard.code, at)
}

/**
 * NT-B12: what a database's client is told to run. Outside the execute phase it only reads; what nobody can read here nobody has approved, and
 * is held wherever it stands.
 */
function lintSql(plan: ChangePlan, add: Add): void {
  const texts = new Map(plan.steps.flatMap(({ action }) => (action.kind === 'file' ? [[action.path, action.text]] : [])))
  const artifacts = new Set(plan.steps.flatMap(({ action }) => (action.kind === 'artifact' ? [action.path] : [])))
  const look = (action: StepAction, at: string, mayChange: boolean): void => {
    if (action.kind === 'file' || action.kind === 'artifact') return
    const { statements, files, unseen } = sqlOfStep(textOf(action))
    const placed = files.flatMap(({ path, classify }) => (texts.has(path) ? classify(texts.get(path)!) : []))
    const all = [...statements, ...placed]
    if (unseen || files.some(({ path }) => !texts.has(path) && !artifacts.has(path))) add('error', 'hazard.sql_unseen', at)
    for (const { verb } of all.filter((one) => one.class === 'unreadable').slice(0, 1))
      add('error', 'hazard.sql_unreadable', at, { why: verb })
    const changing = [...new Set(all.filter((one) => one.class !== 'read' && one.class !== 'unreadable').map((one) => one.verb))]
    if (changing.length > 0)
      add(mayChange ? 'warning' : 'error', mayChange ? 'hazard.sql_mutation' : 'step.sql_in_read_phase', at, {
        verbs: changing.slice(0, 8).join(', '),
      })
    // A release holds what the release manager has issued, and no approver reads it here.
    if (files.some(({ path }) => artifacts.has(path))) add(mayChange ? 'warning' : 'error', 'hazard.sql_in_artifact', at)
  }
  plan.steps.forEach((step, i) => {
    look(step.action, `steps[${i}].action`, step.phase === 'execute')
    if (step.rollback?.kind === 'action') look(step.rollback.action, `steps[${i}].rollback.action`, true)
  })
  if (plan.health) look(plan.health.action, 'health.action', false)
}

/** G-GRAY: first batch ≤ max(1, 5 %), at least two batches for several targets, each soaked. */
function lintBatches(
  plan: ChangePlan,
  facts: LintFacts,
  known: ReadonlyMap<string, LintFacts['targets'][number]>,
  add: Add,
): void {
  const ids = plan.batches.flatMap((batch) => batch.targetIds)
  if (ids.length === 0) add('error', 'batch.no_target', 'batches')
  if (new Set(ids).size !== ids.length) add('error', 'batch.target_repeated', 'batches')
  plan.batches.forEach((batch, i) => {
    for (const id of batch.targetIds) if (!known.has(id)) add('error', 'batch.target_unknown', `batches[${i}]`, { target: id })
    if (batch.soakSeconds < facts.minSoakSeconds)
      add('error', 'batch.soak_too_short', `batches[${i}].soakSeconds`, { seconds: batch.soakSeconds, min: facts.minSoakSeconds })
  })
  if (ids.length > 1 && plan.batches.length < 2) add('error', 'batch.single_batch', 'batches', { targets: ids.length })
  const first = plan.batches[0]?.targetIds.length ?? 0
  const most = Math.max(1, Math.floor(ids.length * 0.05))
  if (ids.length > 1 && first > most) add('error', 'batch.first_too_large', 'batches[0]', { targets: first, most })
}

function lintHealth(plan: ChangePlan, facts: LintFacts, add: Add): void {
  if (!plan.health) {
    add('error', 'plan.no_health', 'health')
    return
  }
  lintAction(plan.health.action, 'health.action', facts, add)
  if (plan.health.action.kind === 'interactive') add('error', 'terminal.out_of_place', 'health.action')
  if (plan.health.expect.checks.length === 0) add('warning', 'step.no_check', 'health.expect', { key: 'health' })
}

/** Longest time the plan may take, in ms: every step on every target at its time-out, and every soak. */
export function estimateMs(plan: ChangePlan): { forward: number; rollback: number } {
  const targets = plan.batches.reduce((sum, batch) => sum + batch.targetIds.length, 0)
  const perTarget = plan.steps.reduce((sum, step) => sum + step.timeoutSeconds, 0) + (plan.health?.timeoutSeconds ?? 0)
  const back = plan.steps.filter((step) => step.rollback?.kind === 'action').reduce((sum, step) => sum + step.timeoutSeconds, 0)
  const soak = plan.batches.reduce((sum, batch) => sum + batch.soakSeconds, 0)
  return { forward: (perTarget * targets + soak) * 1000, rollback: back * targets * 1000 }
}

function lintWindow(plan: ChangePlan, facts: LintFacts, add: Add): void {
  if (!facts.windowStart || !facts.windowEnd) {
    add('error', 'window.missing', 'window')
    return
  }
  const lengthMs = facts.windowEnd.getTime() - facts.windowStart.getTime()
  const { forward, rollback } = estimateMs(plan)
  // Time-outs are the worst case, so a window shorter than their sum is a warning; G-WIN holds the reserve at run time.
  if (lengthMs < forward + rollback)
    add('warning', 'window.tight', 'window', {
      minutes: Math.round(lengthMs / 60_000),
      needed: Math.ceil((forward + rollback) / 60_000),
    })
}

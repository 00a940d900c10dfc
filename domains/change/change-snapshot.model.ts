import type { ChangeState } from './change.model.ts'
import { type ChangePlan, placedFiles, type StepAction } from './change-plan.model.ts'
import type { NextRun, RunPhase, StepRun } from './change-run.model.ts'

/**
 * Snapshots of configuration items (配置项快照; itsm §1.2 row 29, §2.1 rows 16 and 29): the same few questions on each target before the
 * first step and after the last one, by a grant of their own like every step. What differs must be what the plan declares; the rest is
 * explained by name (G-CIV). The questions are the platform's and the same for every plan: they only read, as the account that is asked for
 * the health, and each answer is bounded.
 */
interface Question {
  /** One line of POSIX sh; says nothing where the target has no such thing. The paths of the plan are `$@`. */
  readonly line: string
  readonly maxBytes: number
  /** The answer by key: what two moments are compared by. */
  parse(lines: readonly string[]): Map<string, string>
}
const whole = (lines: readonly string[]): Map<string, string> => new Map(lines[0] ? [['', lines[0].trim()]] : [])
/** Below the range that Linux gives to whoever asks for any port: those above come and go with every connection. */
const ephemeralFrom = 32_768
export const questions = {
  /** Another boot is another running system, whatever else is the same. */
  boot: { line: 'cat /proc/sys/kernel/random/boot_id', maxBytes: 64, parse: whole },
  packages: {
    line: `{ dpkg-query -W -f='\${Package} \${Version}\\n' || rpm -qa; } | sort | sha256sum | cut -c1-64`,
    maxBytes: 128,
    parse: whole,
  },
  /** Running services and since when: a restart shows as another time. */
  services: {
    line: `systemctl show -p Id -p SubState -p ActiveEnterTimestampMonotonic '*.service' | awk -F= '/^Id=/{i=$2} /^SubState=/{s=$2} /^Active/{t=$2} /^$/{if(s=="running")print i,t;s=""} END{if(s=="running")print i,t}' | sort`,
    maxBytes: 16_384,
    parse: (lines) =>
      new Map(lines.flatMap((line) => (/^\S+\.service \d+$/.test(line) ? [line.split(' ') as [string, string]] : []))),
  },
  ports: {
    line: `awk '$4=="0A"{print $2}' /proc/net/tcp /proc/net/tcp6 | sort -u`,
    maxBytes: 16_384,
    parse: (lines) =>
      new Map(
        lines.flatMap((line) => {
          const port = Number.parseInt(/^[0-9A-F]+:([0-9A-F]{4})$/.exec(line)?.[1] ?? '', 16)
          return port < ephemeralFrom ? [[`tcp/${port}`, 'listening'] as const] : []
        }),
      ),
  },
  /** Files that the plan places, wherever in it. */
  files: {
    line: `for f in "$@"; do s=$(sha256sum -- "$f" | cut -c1-64); echo "$f \${s:-absent}"; done`,
    maxBytes: 32_768,
    parse: (lines) =>
      new Map(lines.flatMap((line) => (/^\/\S+ ([0-9a-f]{64}|absent)$/.test(line) ? [line.split(' ') as [string, string]] : []))),
  },
  /** Used share of each file system, in percent. */
  disk: {
    line: `df -P -l -x tmpfs -x devtmpfs -x overlay | awk 'NR!=1{print $6,$5}'`,
    maxBytes: 4096,
    parse: (lines) =>
      new Map(lines.flatMap((line) => (/^\/\S* \d{1,3}%$/.test(line) ? [line.split(' ') as [string, string]] : []))),
  },
} as const satisfies Record<string, Question>
export type QuestionKey = keyof typeof questions
export const questionKeys = Object.keys(questions) as QuestionKey[]
/** So many points more or less of a disk are daily life. */
const diskPoints = 5

const body = `${questionKeys
  .map((key) => `echo '== ${key}'\n{ ${questions[key].line}; } 2>/dev/null | head -c ${questions[key].maxBytes}\necho`)
  .join('\n')}\necho '== end'\n`
const snapshotText = (paths: readonly string[]): string => `set --${paths.map((path) => ` '${path}'`).join('')}\n${body}`
/** What is asked, as one script. Its form is fixed, so that whoever signs it can tell it from any other (`isSnapshotAction`). */
export const snapshotAction = (plan: ChangePlan): StepAction => ({
  kind: 'script',
  interpreter: 'sh',
  text: snapshotText([...new Set(placedFiles(plan).map((file) => file.path))].sort()),
})
/** The plan's approvers did not read it, so nothing else may ever be signed under its phases. */
export function isSnapshotAction(action: StepAction): boolean {
  if (action.kind !== 'script' || action.interpreter !== 'sh') return false
  const head = action.text.split('\n', 1)[0] ?? ''
  const paths = [...head.matchAll(/ '(\/[A-Za-z0-9._/-]{1,200})'/g)].map((match) => match[1]!)
  return action.text === snapshotText(paths)
}

export const snapshotKey = 'snapshot'
export const isSnapshotPhase = (phase: RunPhase): phase is 'before' | 'after' => phase === 'before' || phase === 'after'
export const snapshotExpect = { exitCodes: [0], checks: [{ kind: 'line' as const, text: '== end' }] }

/**
 * The snapshot that comes next, or undefined: before anything else while nothing was touched, after the last step. After a rollback it is
 * offered and not demanded: the window may be over, and no red line traps a half-done change.
 */
export function snapshotRun(
  plan: ChangePlan,
  state: 'prechecking' | 'verifying',
  batch: number,
  runs: readonly (StepRun & { readonly current: boolean })[],
): Omit<NextRun, 'attempt'> | undefined {
  if (!plan.health) return undefined
  const phase = state === 'prechecking' ? 'before' : 'after'
  const touched = new Set(
    runs
      .filter((run) => run.phase === 'execute' && run.state !== 'granted' && run.state !== 'expired')
      .map((run) => run.targetId),
  )
  const done = new Set(
    runs
      .filter(
        (run) =>
          run.phase === phase && (phase === 'before' || run.current) && (run.state === 'succeeded' || run.state === 'accepted'),
      )
      .map((run) => run.targetId),
  )
  const batches = phase === 'before' ? plan.batches : plan.batches.slice(0, Math.max(batch, 1))
  for (const [i, { targetIds }] of batches.entries())
    for (const targetId of targetIds)
      if (!done.has(targetId) && (phase === 'after' || !touched.has(targetId)))
        return {
          stepKey: snapshotKey,
          phase,
          batch: i + 1,
          targetId,
          account: plan.health.account,
          danger: 1,
          action: snapshotAction(plan),
          expect: snapshotExpect,
          timeoutSeconds: 60,
        }
  return undefined
}

/** Before the first question of the plan, and after its last. */
export function withSnapshot(
  change: {
    readonly plan: ChangePlan
    readonly state: ChangeState
    readonly planHash: string | null
    readonly currentBatch: number
    readonly rolledBack: boolean
    readonly snapshots: boolean
  },
  runs: readonly (StepRun & { readonly planHash: string })[],
  planned: Omit<NextRun, 'attempt'> | undefined,
): Omit<NextRun, 'attempt'> | undefined {
  const { plan, state, currentBatch, rolledBack } = change
  const own = state === 'verifying' && rolledBack ? undefined : planned
  if (!change.snapshots || (state !== 'prechecking' && state !== 'verifying')) return own
  const asked = runs.map((run) => ({ ...run, current: run.planHash === change.planHash }))
  const snapshot = snapshotRun(plan, state, currentBatch, asked)
  return state === 'prechecking' ? (snapshot ?? own) : (own ?? snapshot)
}

export type Snapshot = ReadonlyMap<QuestionKey, ReadonlyMap<string, string>>
/** Total: what a target answered, whatever it is; undefined where it is no whole snapshot. */
export function readSnapshot(stdout: string): Snapshot | undefined {
  if (!/(^|\n)== end\n?$/.test(stdout)) return undefined
  const found = new Map<QuestionKey, Map<string, string>>()
  for (const part of stdout.split(/(?:^|\n)== /).slice(1)) {
    const [key = '', ...lines] = part.split('\n')
    const question = questionKeys.find((one) => one === key)
    if (question) found.set(question, questions[question].parse(lines.filter((line) => line !== '').slice(0, 2000)))
  }
  return found
}

/** What the steps that were done on a target declare: by their type where they have one, by the words of the command where not. */
export interface Declared {
  readonly files: ReadonlyMap<string, string>
  readonly services: ReadonlySet<string>
  readonly packages: boolean
  readonly boot: boolean
}
const restarts = /\b(?:systemctl\s+(?:--\S+\s+)*(?:re)?(?:start|stop|load-or-restart|try-restart)|service)\s+([A-Za-z0-9@._-]+)/g
const installs = /\b(?:apt|apt-get|dnf|yum|zypper|rpm|dpkg)\b[^;|&]*\s(?:install|remove|upgrade|update|erase|-[iUe]\w*)\b/
const reboots = /\b(?:reboot|shutdown\s+-r)\b/
export function declaredBy(plan: ChangePlan, done: ReadonlySet<string>): Declared {
  const actions = plan.steps.filter((step) => step.phase === 'execute' && done.has(step.key)).map((step) => step.action)
  const lines = actions.flatMap((action) =>
    action.kind === 'command' ? [action.line] : action.kind === 'script' ? [action.text] : [],
  )
  return {
    files: new Map(
      actions.flatMap((action) =>
        action.kind === 'file' || action.kind === 'artifact' ? [[action.path, action.sha256] as const] : [],
      ),
    ),
    services: new Set(
      lines.flatMap((line) => [...line.matchAll(restarts)].map((match) => `${match[1]!.replace(/\.service$/, '')}.service`)),
    ),
    packages: lines.some((line) => installs.test(line)),
    boot: lines.some((line) => reboots.test(line)),
  }
}

export interface Difference {
  /** `files /srv/app/app.conf`, `boot`; `missing` where one of the two snapshots is not there. */
  readonly key: string
  readonly before: string | null
  readonly after: string | null
  readonly declared: boolean
}
export const missingKey = 'missing'
/** Beyond it a target is not itself any more; the rest says nothing new. */
const mostDifferences = 200

/** What differs on one target, and what of it the plan declares. A file that was to be placed and is not there is a difference too. */
export function differencesOf(before: Snapshot | undefined, after: Snapshot | undefined, declared: Declared): Difference[] {
  if (!before || !after) return [{ key: missingKey, before: before ? '' : null, after: after ? '' : null, declared: false }]
  const found: Difference[] = []
  for (const question of questionKeys) {
    const [was, is] = [before.get(question) ?? new Map<string, string>(), after.get(question) ?? new Map<string, string>()]
    const keys = new Set([...was.keys(), ...is.keys(), ...(question === 'files' ? declared.files.keys() : [])])
    // Everything follows from another boot: services have other times then.
    const rebooted = before.get('boot')?.get('') !== after.get('boot')?.get('')
    for (const key of [...keys].sort()) {
      const [a, b] = [was.get(key) ?? null, is.get(key) ?? null]
      const planned = question === 'files' ? declared.files.get(key) : undefined
      if (planned !== undefined ? a === b && b === planned : a === b || (question === 'disk' && isDailyLife(a, b))) continue
      const expected =
        question === 'files'
          ? planned !== undefined && b === planned
          : question === 'services'
            ? declared.services.has(key) || (rebooted && declared.boot && a !== null && b !== null)
            : question === 'packages' || question === 'boot'
              ? declared[question]
              : false
      found.push({ key: key === '' ? question : `${question} ${key}`, before: a, after: b, declared: expected })
    }
  }
  return found.slice(0, mostDifferences)
}
const isDailyLife = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && Math.abs(Number.parseInt(a, 10) - Number.parseInt(b, 10)) <= diskPoints

/** One target of a change, as its two moments differ. */
export interface ItemReview {
  readonly targetId: string
  readonly differences: readonly Difference[]
}
type SnapshotRun = StepRun & { readonly stdout: string }
/**
 * Every target on which something was done. What a rollback undid is declared no more: everything is as it was before.
 * The first snapshot before and the last one after count.
 */
export function itemReviews(plan: ChangePlan, runs: readonly SnapshotRun[]): ItemReview[] {
  const good = (phase: 'before' | 'after', id: string): SnapshotRun[] =>
    runs.filter((run) => run.phase === phase && run.targetId === id && run.state === 'succeeded')
  const targets = new Set(
    runs
      .filter((run) => run.phase === 'execute' && run.state !== 'granted' && run.state !== 'expired')
      .map((run) => run.targetId),
  )
  return [...targets].map((targetId) => {
    const ended = (phase: RunPhase): Set<string> =>
      new Set(
        runs
          .filter(
            (run) => run.phase === phase && run.targetId === targetId && (run.state === 'succeeded' || run.state === 'accepted'),
          )
          .map((run) => run.stepKey),
      )
    const undone = ended('rollback')
    const done = new Set([...ended('execute')].filter((key) => !undone.has(key)))
    const [first, last] = [good('before', targetId)[0], good('after', targetId).at(-1)]
    return {
      targetId,
      differences: differencesOf(first && readSnapshot(first.stdout), last && readSnapshot(last.stdout), declaredBy(plan, done)),
    }
  })
}
export const differenceId = (targetId: string, key: string): string => `${targetId} ${key}`
/** What somebody has still to explain (G-CIV). */
export const unexplained = (
  reviews: readonly ItemReview[],
  explained: ReadonlySet<string>,
): { targetId: string; key: string }[] =>
  reviews.flatMap(({ targetId, differences }) =>
    differences
      .filter((one) => !one.declared && !explained.has(differenceId(targetId, one.key)))
      .map(({ key }) => ({ targetId, key })),
  )

import { actionText, type StepAction } from '@huabiao/domains/change/change-plan.model'
import { isSnapshotAction } from '@huabiao/domains/change/change-snapshot.model'
import { type Plane, planes } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { Digest, Instant, Name, Uuid } from '@huabiao/kit/contract/contract'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { Digest32 } from '@huabiao/kit/merkle/merkle'
import { z } from 'zod'

/**
 * The execution grant (执行令牌): one command of one approved plan, on one target, as one account, for one minute-scale span of
 * time. It is the hinge between the change and the bastion (anchors/itsm.md §2.0.3). The control plane proposes it, the signer
 * checks it again with its own eyes and signs it, the gateway obeys nothing else.
 */

/** A grant lives at most this long after it was issued, whatever the window. */
export const grantMaxMs = 5 * 60_000
/** A reviewer who has not been seen for this long is absent (itsm §2.0.3, D). */
export const reviewerAbsentMs = 60_000
/** Clocks of signer, database and gateway may differ by this much (NT-B02). */
export const clockSkewMaxMs = 2_000
/** From this danger on a step needs the second person (RL-06). */
export const reviewedFromDanger = 3

const Account = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/)
const Person = z.strictObject({ personId: Uuid, name: Name })
const FilePath = z
  .string()
  .regex(/^\/[A-Za-z0-9._/-]{1,200}$/)
  .refine((path) => !path.split('/').includes('..'))

/** What runs. Contents of scripts, files and artifacts are not in the grant but their SHA-256; the gateway sends them on standard input. */
export const GrantCommand = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('command'),
    line: z
      .string()
      .min(1)
      .max(2000)
      .regex(/^\P{Cc}*$/u),
  }),
  z.strictObject({ kind: z.literal('script'), digest: Digest, interpreter: z.enum(['sh', 'bash', 'python3']) }),
  z.strictObject({
    kind: z.literal('file'),
    path: FilePath,
    mode: z.enum(['0600', '0640', '0644', '0750', '0755']),
    digest: Digest,
  }),
  z.strictObject({
    kind: z.literal('interactive'),
    purpose: z
      .string()
      .min(1)
      .max(500)
      .regex(/^\P{Cc}*$/u),
  }),
])
export type GrantCommand = z.infer<typeof GrantCommand>

/** `health` is the plan's question to a target after its soak; it reads, like precheck and verify. */
export const grantPhases = ['precheck', 'execute', 'verify', 'rollback', 'health', 'before', 'after'] as const

/** Principals of our certificates. No commas, so one identifier is one principal (OpenSSH CVE-2026-35414). */
export const Principal = z.string().regex(/^hb-[a-z0-9-]{1,80}$/)

const GrantTarget = z.strictObject({
  id: Uuid,
  name: Name,
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
  port: z.number().int().min(1).max(65_535),
  /** Login on the target; which logins a principal opens is decided by the target. */
  account: Account,
  hostKeySha256: z.string().regex(/^[A-Za-z0-9+/=:]{40,100}$/),
  principal: Principal,
})
export type GrantTarget = z.infer<typeof GrantTarget>

export const ExecutionGrant = z.strictObject({
  v: z.literal(1),
  id: Uuid,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  plane: z.enum(planes),
  tenantId: Uuid,
  changeId: Uuid,
  changeNo: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
  planHash: Digest,
  runId: Uuid,
  /** Key of the plan's step; `health` and `observe` where there is none. */
  stepKey: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  phase: z.enum(grantPhases),
  batch: z.number().int().min(0).max(10_000),
  kind: z.enum(['planned', 'observe', 'breakglass']),
  executor: Person,
  reviewer: Person.nullable(),
  account: Account,
  danger: z.number().int().min(1).max(5),
  target: GrantTarget,
  command: GrantCommand,
  /** SHA-256 of `actionText(action)`: what the approvers saw, whole. */
  commandDigest: Digest,
  timeoutMs: z.number().int().min(1000).max(3_600_000),
  notBefore: Instant,
  notAfter: Instant,
  issuedBecause: z.array(z.strictObject({ guard: z.string().regex(/^G-[A-Z]{2,20}$/), inputsHash: Digest })).max(40),
  gatewayId: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  sessionId: Uuid,
})
export type ExecutionGrant = z.infer<typeof ExecutionGrant>

/**
 * The principal that opens `account` on the target of that name, where the registry names no other (`target_principal`). Derived
 * from what the signer reads itself, never chosen by the caller: a grant for one target cannot carry the principal of another. An
 * account with `_` has none of this form and needs a registered principal.
 */
export const principalOf = (targetName: string, account: string): string => `hb-${targetName}-${account}`

/** The grant's command for a step's action. */
export function grantCommandOf(sha256: Digest32, action: StepAction): GrantCommand {
  if (action.kind === 'command') return { kind: 'command', line: action.line }
  if (action.kind === 'interactive') return { kind: 'interactive', purpose: action.purpose }
  if (action.kind === 'script')
    return { kind: 'script', digest: toHex(sha256(utf8(action.text))), interpreter: action.interpreter }
  // How the content came makes no difference on the target: a file of this digest is placed.
  return { kind: 'file', path: action.path, mode: action.mode, digest: action.sha256 }
}

/** SHA-256 of the action as approved, hex. */
export const commandDigestOf = (sha256: Digest32, action: StepAction): string => toHex(sha256(utf8(actionText(action))))

/**
 * The step's own line: what approvers and recordings show, and what the certificate forces on the target, there inside its lifeline
 * (`forcedLine`). A script is read by its interpreter from standard
 * input; a file is put in place by `install`, which writes the mode before the content is reachable. `cat` stands before it
 * because sshd's standard input is a socket, which /dev/stdin cannot open. What lies there afterwards is read back and held against the
 * digest of the plan: a full disk or a hand that was faster is an exit code, not a silence.
 */
export function commandLine(grant: Pick<ExecutionGrant, 'command'>): string {
  const { command } = grant
  if (command.kind === 'command') return command.line
  if (command.kind === 'interactive') return terminalLine
  if (command.kind === 'script') return command.interpreter === 'python3' ? 'python3 -' : `${command.interpreter} -s`
  const { mode, path, digest } = command
  return `cat | install -m ${mode} /dev/stdin ${path} && echo '${digest}  ${path}' | sha256sum -c -`
}

/** What a terminal runs, as people see it: the login shell of the account. */
export const terminalLine = 'exec "$SHELL" -l'

/** What the signer finds in the database (view `pub_grant_facts`, one row per change × step × phase × target). */
export interface GrantFacts {
  readonly changeId: string
  readonly state: string
  readonly planHash: string | null
  readonly approvedPlanHash: string | null
  readonly approvalsComplete: boolean
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  readonly executorPersonId: string | null
  readonly reviewerPersonId: string | null
  readonly reviewerLastSeenAt: Date | null
  readonly frozen: boolean
  readonly stepKey: string
  readonly stepPhase: string
  readonly stepAccount: string
  readonly stepCommandDigest: string
  /** Undefined where the view does not tell: the step then counts as most dangerous. */
  readonly stepDanger?: number
  /** Undefined where the view does not tell: scripts and files then cannot be checked, and are refused. */
  readonly stepAction?: StepAction
  readonly targetId: string
  readonly targetName: string
  readonly targetPlane: Plane
  readonly targetHost: string
  readonly targetPort: number
  readonly targetHostKeySha256: string
  /** The registered principal and login of the account; where the view does not tell, `principalOf`, and any login. */
  readonly targetPrincipal?: string
  readonly targetLogin?: string
  readonly currentBatch: number | null
  readonly targetBatch: number | null
  readonly clockNow: Date
  /** Every customer's word holds: consent to this plan, or a pre-authorisation that covers it now. */
  readonly consented: boolean
}

export const grantRefusals = {
  'session.grant_clock_skewed': { status: 409, rule: 'RL-02' },
  'session.grant_change_unknown': { status: 409, rule: 'RL-01' },
  'session.grant_wrong_state': { status: 409, rule: 'RL-01' },
  'session.grant_not_approved': { status: 409, rule: 'RL-01' },
  'session.grant_plan_differs': { status: 409, rule: 'RL-07' },
  'session.grant_outside_window': { status: 409, rule: 'RL-02' },
  'session.grant_lifetime': { status: 409, rule: 'RL-02' },
  'session.grant_frozen': { status: 409, rule: 'RL-03' },
  'session.grant_no_consent': { status: 409, rule: 'RL-11' },
  'session.grant_executor_differs': { status: 409, rule: 'RL-06' },
  'session.grant_reviewer_is_executor': { status: 409, rule: 'RL-06' },
  'session.grant_reviewer_differs': { status: 409, rule: 'RL-06' },
  'session.grant_reviewer_absent': { status: 409, rule: 'RL-06' },
  'session.grant_target_differs': { status: 409, rule: 'RL-07' },
  'session.grant_plane_differs': { status: 409, rule: 'RL-18' },
  'session.grant_step_differs': { status: 409, rule: 'RL-07' },
  'session.grant_command_differs': { status: 409, rule: 'RL-07' },
  'session.grant_batch_locked': { status: 409, rule: 'RL-08' },
  'session.grant_not_released': { status: 409, rule: 'RL-12' },
  'session.grant_not_read_only': { status: 409, rule: 'RL-15' },
  'session.grant_emergency_unknown': { status: 409, rule: 'RL-10' },
  'session.grant_custodians_missing': { status: 409, rule: 'RL-10' },
} as const satisfies RefusalTable
export type GrantRefusal = keyof typeof grantRefusals

const stepStates: readonly string[] = ['prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying']
const observeStates: readonly string[] = [
  ...stepStates,
  'scheduled',
  'ready',
  'paused',
  'amending',
  'rolling_back',
  'ci_reviewing',
  'reviewing',
]

/**
 * Why this grant must not be signed, or undefined. Pure and total: what the facts do not say is a refusal. The control plane
 * has checked all this before; the signer asks again because a control plane that was taken over would not.
 * @param facts undefined where the database has no such change, step and target
 * @param now the signer's own clock, read when the facts arrived
 */
export function grantRefusal(
  grant: ExecutionGrant,
  facts: GrantFacts | undefined,
  now: Date,
  sha256: Digest32,
): GrantRefusal | undefined {
  // No change: what it is bound to is an emergency, and its rule another (session-terminal.model).
  if (grant.kind === 'breakglass') return 'session.grant_emergency_unknown'
  if (!facts || facts.changeId !== grant.changeId) return 'session.grant_change_unknown'
  if (!(Math.abs(facts.clockNow.getTime() - now.getTime()) <= clockSkewMaxMs)) return 'session.grant_clock_skewed'
  const common = stateRefusal(grant, facts) ?? timeRefusal(grant, facts, now) ?? targetRefusal(grant, facts)
  if (common) return common
  if (facts.executorPersonId !== grant.executor.personId) return 'session.grant_executor_differs'
  if (grant.kind === 'observe') return observeRefusal(grant, sha256)
  // The way back asks no customer: a withdrawn word must not trap a half-done change.
  if (grant.phase !== 'rollback' && !facts.consented) return 'session.grant_no_consent'
  return reviewerRefusal(grant, facts, now) ?? stepRefusal(grant, facts, sha256) ?? batchRefusal(grant, facts)
}

function stateRefusal(grant: ExecutionGrant, facts: GrantFacts): GrantRefusal | undefined {
  if (!facts.approvalsComplete || facts.approvedPlanHash === null) return 'session.grant_not_approved'
  if (facts.planHash !== facts.approvedPlanHash || grant.planHash !== facts.approvedPlanHash) return 'session.grant_plan_differs'
  const allowed = grant.kind === 'observe' ? observeStates : grant.phase === 'rollback' ? ['rolling_back'] : stepStates
  return allowed.includes(facts.state) ? undefined : 'session.grant_wrong_state'
}

/** Rollback survives the end of the window and a freeze: a red line must never trap a half-done change (itsm §2.0.3). */
function timeRefusal(grant: ExecutionGrant, facts: GrantFacts, now: Date): GrantRefusal | undefined {
  const [from, to, at] = [Date.parse(grant.notBefore), Date.parse(grant.notAfter), now.getTime()]
  if (!(from <= at + clockSkewMaxMs && at < to && to <= at + grantMaxMs)) return 'session.grant_lifetime'
  if (grant.phase === 'rollback' && grant.kind === 'planned') return undefined
  if (!facts.windowStart || !facts.windowEnd) return 'session.grant_outside_window'
  const [start, end] = [facts.windowStart.getTime(), facts.windowEnd.getTime()]
  if (!(start <= at && at < end && from >= start && to <= end)) return 'session.grant_outside_window'
  return facts.frozen && grant.kind === 'planned' ? 'session.grant_frozen' : undefined
}

function targetRefusal({ target, account, plane }: ExecutionGrant, facts: GrantFacts): GrantRefusal | undefined {
  const same =
    target.id === facts.targetId &&
    target.name === facts.targetName &&
    target.host === facts.targetHost &&
    target.port === facts.targetPort &&
    target.hostKeySha256 === facts.targetHostKeySha256 &&
    target.account === (facts.targetLogin ?? target.account) &&
    target.principal === (facts.targetPrincipal ?? principalOf(facts.targetName, account))
  if (!same) return 'session.grant_target_differs'
  return plane === facts.targetPlane ? undefined : 'session.grant_plane_differs'
}

function reviewerRefusal(grant: ExecutionGrant, facts: GrantFacts, now: Date): GrantRefusal | undefined {
  const { reviewer, command } = grant
  if (reviewer && reviewer.personId === grant.executor.personId) return 'session.grant_reviewer_is_executor'
  if (reviewer && reviewer.personId !== facts.reviewerPersonId) return 'session.grant_reviewer_differs'
  // An incident commander's order stands in for a lost reviewer of a rollback.
  const danger = command.kind === 'interactive' ? 5 : Math.max(grant.danger, facts.stepDanger ?? 5)
  if (grant.phase === 'rollback' || danger < reviewedFromDanger) return undefined
  if (!reviewer) return 'session.grant_reviewer_differs'
  const seenAt = facts.reviewerLastSeenAt?.getTime() ?? Number.NEGATIVE_INFINITY
  return now.getTime() - seenAt <= reviewerAbsentMs ? undefined : 'session.grant_reviewer_absent'
}

function stepRefusal(grant: ExecutionGrant, facts: GrantFacts, sha256: Digest32): GrantRefusal | undefined {
  // A terminal is a step of its own, never a check, a way back or a question of health.
  if (grant.command.kind === 'interactive' && grant.phase !== 'execute') return 'session.grant_step_differs'
  if (grant.stepKey !== facts.stepKey || grant.phase !== facts.stepPhase || grant.account !== facts.stepAccount) {
    return 'session.grant_step_differs'
  }
  // A command is its own action, and so is a terminal; of a script or a file the grant holds only digests, so the action comes from the database.
  const { command } = grant
  const action = command.kind === 'command' || command.kind === 'interactive' ? command : facts.stepAction
  // No approver has read the platform's own questions: nothing else is ever signed under their name.
  const snapshot = grant.phase === 'before' || grant.phase === 'after'
  const same =
    action !== undefined &&
    (!snapshot || isSnapshotAction(action)) &&
    grant.commandDigest === facts.stepCommandDigest &&
    commandDigestOf(sha256, action) === facts.stepCommandDigest &&
    canonicalJson(grantCommandOf(sha256, action)) === canonicalJson(command)
  return same ? undefined : 'session.grant_command_differs'
}

/** Grey first (RL-08): effects reach only the batch that is released; reads and rollback also those before it. */
function batchRefusal({ batch, phase }: ExecutionGrant, facts: GrantFacts): GrantRefusal | undefined {
  if (facts.targetBatch === null || batch !== facts.targetBatch) return 'session.grant_batch_locked'
  if (phase === 'precheck' || phase === 'before') return undefined
  if (facts.currentBatch === null || batch > facts.currentBatch) return 'session.grant_batch_locked'
  return phase === 'execute' && batch !== facts.currentBatch ? 'session.grant_batch_locked' : undefined
}

function observeRefusal({ command, commandDigest }: ExecutionGrant, sha256: Digest32): GrantRefusal | undefined {
  if (command.kind !== 'command' || !isReadOnlyLine(command.line)) return 'session.grant_not_read_only'
  return commandDigest === commandDigestOf(sha256, command) ? undefined : 'session.grant_command_differs'
}

/** `any` arguments, `none`, only such as `whole` matches joined by spaces, or any but those that `without` matches. */
type Arguments = 'any' | 'none' | { readonly whole: RegExp } | { readonly without: RegExp }
const pure = (names: string): Record<string, Arguments> =>
  Object.fromEntries(names.split(' ').map((name) => [name, 'any'] as const))
/**
 * Programs that only read, with the arguments under which that is true; long options may be abbreviated, so prefixes count. It is
 * the upper bound of every observe list: the signer signs no observe grant beyond it, whoever asks. Not here, because some option
 * writes or runs: find, sed, awk, sort, uniq, less, vi, tar, rpm beyond -q (its macros run a shell).
 */
const readOnlyPrograms: Readonly<Record<string, Arguments>> = {
  ...pure('cat head tail grep wc cut stat ls du df lsblk findmnt readlink realpath sha256sum md5sum id whoami groups who w last'),
  ...pure('getent uptime uname nproc free ps pgrep pidof vmstat iostat mpstat lscpu lsmem lspci netstat echo true pwd printenv'),
  hostname: 'none',
  mount: 'none',
  file: { without: /^(-[a-zA-Z]*C|--c)/ },
  lsof: { without: /^-[a-zA-Z]*D/ },
  ping: { without: /^-[a-zA-Z]*f/ },
  ss: { without: /^(-[a-zA-Z]*[KD]|--[kd])/ },
  date: { without: /^(-[a-zA-Z]*s|--s|[^+-])/ },
  dmesg: { without: /^(-[a-zA-Z]*[cCDEn]|--(cl|co|rea))/ },
  journalctl: { without: /^--(va|ro|fl|syn|se|up|rel|sm|cursor-)/ },
  timedatectl: { whole: /^(status|show)?$/ },
  systemctl: {
    whole:
      /^(status|is-active|is-enabled|is-failed|show|cat|list-units|list-timers|list-unit-files)( (--no-pager|--all|--full|--failed|[A-Za-z0-9@][A-Za-z0-9@._:-]*))*$/,
  },
  ip: { whole: /^(-br )?(address|addr|route|link|neigh|rule)( (show|list|get)( [A-Za-z0-9.:/_-]+)*)?$/ },
  rpm: { whole: /^-q[ail]?( [A-Za-z0-9][A-Za-z0-9._+:-]*)*$/ },
  dpkg: { whole: /^-[lLsS]( [A-Za-z0-9/][A-Za-z0-9/._+:-]*)*$/ },
}

/** Their names, for people who ask what they may look at. */
export const readOnlyNames: readonly string[] = Object.keys(readOnlyPrograms)

/** One program with literal arguments: plain words or single-quoted ones. Nothing a shell would expand, chain or redirect. */
const words = /^(?:[A-Za-z0-9_./:=,@%+-]+|'[^'\p{Cc}]*')(?: (?:[A-Za-z0-9_./:=,@%+-]+|'[^'\p{Cc}]*'))*$/u

/** Whether a line is one program of the list with arguments under which it only reads. */
export function isReadOnlyLine(line: string): boolean {
  if (!words.test(line)) return false
  const [program = '', ...args] = (line.match(/'[^']*'|[^ ]+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'))
  const rule = Object.hasOwn(readOnlyPrograms, program) ? readOnlyPrograms[program] : undefined
  if (rule === undefined) return false
  if (rule === 'any') return true
  if (rule === 'none') return args.length === 0
  return 'whole' in rule ? rule.whole.test(args.join(' ')) : !args.some((arg) => rule.without.test(arg))
}

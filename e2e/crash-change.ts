import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { ChangePlan, PlanStep } from '@huabiao/domains/change/change-plan.model'
import { eventually, insist } from './crash-deployment.ts'
import type { Deployment } from './deployment.ts'
import { archive, bePresent, cast, look, may, portal, prepareChange, takeSnapshots } from './portal-change.ts'

/** A change whose every effect can be counted on its target: each step writes a line when it begins and one when it has ended. */

export interface Shape {
  readonly targetName: string
  readonly steps: number
  /** Whether a step, or its way back, goes on until it is let go: so that a kill falls into its middle on the slowest machine. */
  readonly held?: boolean
  readonly heldBack?: boolean
  readonly soakSeconds?: number
}
export type Run = ChangeDetail['runs'][number]
export interface Asked {
  readonly key: string
  readonly runId: string
}
const inFlight = (run: Run): boolean => run.state === 'granted' || run.state === 'started'

/** While it is held it says the time of day, so that a recording shows how far it reaches. */
const body = (file: string, word: string, held: boolean | undefined): string =>
  `f=$HB_ROOT/app/${file}; echo "${word} begin" >>$f; echo "group=$$" >>$f; ${held ? 'until [ -e $f.go ]; do date +tick=%s%3N; sleep 0.2; done; ' : ''}echo "${word} end" >>$f; echo "${word} done"`

function planOf(targetId: string, file: string, shape: Shape): ChangePlan {
  const ok = { exitCodes: [0], checks: [] }
  const common = { account: 'hb-app', timeoutSeconds: 120, repeat: 'checkFirst' as const, danger: 2 }
  const steps = Array.from({ length: shape.steps }, (_, i): PlanStep => {
    const key = `s${i + 1}`
    return {
      ...common,
      key,
      title: `步骤 ${i + 1}`,
      phase: 'execute',
      action: { kind: 'command', line: body(file, key, shape.held) },
      expect: { exitCodes: [0], checks: [{ kind: 'contains', text: `${key} done` }] },
      rollback: {
        kind: 'action',
        action: { kind: 'command', line: body(file, `${key}-back`, shape.heldBack) },
        expect: ok,
      },
    }
  })
  const status = { kind: 'command' as const, line: 'appctl status' }
  const verify: PlanStep = {
    ...common,
    key: 'confirm',
    title: '确认',
    phase: 'verify',
    danger: 1,
    action: status,
    expect: ok,
    rollback: null,
  }
  return {
    impact: '逐台记录步骤，不中断服务。',
    emergencyPlan: '异常时按步骤回退，并通知客户接口人。',
    steps: [...steps, verify],
    batches: [{ targetIds: [targetId], soakSeconds: shape.soakSeconds ?? 10 }],
    health: { account: 'hb-app', action: status, expect: ok, timeoutSeconds: 15 },
  }
}

export class CountedChange {
  readonly on: Deployment
  readonly shape: Shape
  readonly file: string
  readonly sessions = new Set<string>()
  id = ''
  no = ''

  constructor(on: Deployment, shape: Shape) {
    this.on = on
    this.shape = shape
    this.file = `crash-${shape.targetName}`
  }
  get params() {
    return { params: { changeId: this.id } }
  }

  /** Approved by all whose duty it is, begun, and its recorder live. */
  async begin(): Promise<void> {
    const { targetName } = this.shape
    const ready = await prepareChange(this.on, {
      title: `崩溃演练 ${targetName}`,
      targetNames: [targetName],
      version: '',
      plan: ({ batches }) => planOf(batches[0]!.targetIds[0]!, this.file, this.shape),
      site: targetName.startsWith('archive') ? archive : portal,
    })
    this.id = ready.id
    this.no = ready.no
    await bePresent(this.on, this.id)
    await (await this.on.as(cast.executor))(execution.beginChange, { ...this.params, body: { confirm: ready.no } })
    await this.runnable()
    // The platform's own questions have no effect to be counted.
    await takeSnapshots(this.on, this.id)
    await this.runnable()
  }
  async look(): Promise<ChangeDetail> {
    const now = await insist('the change can be read', () => look(this.on, this.id))
    if (now.sessionId) this.sessions.add(now.sessionId)
    return now
  }
  until(what: string, holds: (now: ChangeDetail) => boolean, patienceMs?: number): Promise<ChangeDetail> {
    return eventually(
      `${this.shape.targetName}: ${what}`,
      async () => {
        const now = await this.look()
        return holds(now) ? now : undefined
      },
      patienceMs,
    )
  }
  runnable = (): Promise<ChangeDetail> => this.until('the next step may run', (now) => may(now, 'runNext'))

  /** Orders the one next step. */
  async ask(): Promise<Asked> {
    const { next } = await this.runnable()
    const { stepKey, targetId, phase } = next!
    const { runs } = await (await this.on.as(cast.executor))(execution.runNext, { ...this.params, body: { stepKey, targetId } })
    return { key: phase === 'rollback' ? `${stepKey}-back` : stepKey, runId: runs.at(-1)!.id }
  }
  async settled(runId: string): Promise<Run> {
    const now = await this.until('the run has an end', ({ runs }) => !inFlight(runs.find((run) => run.id === runId)!))
    return now.runs.find((run) => run.id === runId)!
  }
  /** Exit 1 of a pause: L2 who took no part lets it go on. */
  async resume(failedStep: 'retry' | 'accept'): Promise<void> {
    const l2 = await this.on.as(cast.confirmer)
    await l2(execution.resumeChange, { ...this.params, body: { cause: '进程异常终止，已核对目标状态。', failedStep } })
    await this.until('it has gone on', (now) => now.state !== 'paused')
  }
  async rollBack(): Promise<void> {
    const executor = await this.on.as(cast.executor)
    await executor(execution.pauseChange, { ...this.params, body: { reason: '演练回退' } })
    await executor(execution.rollBackChange, { ...this.params, body: { reason: '演练回退' } })
  }

  get #path(): string {
    return join(this.on.targets.find((target) => target.name === this.shape.targetName)!.root, 'app', this.file)
  }
  /** Lets the step on the target come to its end. */
  letGo = (): void => writeFileSync(`${this.#path}.go`, '')
  hold = (): void => rmSync(`${this.#path}.go`, { force: true })
  /** The lines of the file on the target. */
  effects = (): string[] => (existsSync(this.#path) ? readFileSync(this.#path, 'utf8').split('\n') : [])
  count = (word: string): number => this.effects().filter((line) => line === word).length
  effect = (word: string, more = 0): Promise<boolean> =>
    eventually(`${this.shape.targetName}: ${word}`, () => this.count(word) > more)
  /** Process group of the step that was begun last. */
  group = (): number =>
    Number(
      this.effects()
        .findLast((line) => line.startsWith('group='))
        ?.slice('group='.length),
    )
}

import { createHash } from 'node:crypto'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { judgePolicies, type Policy } from '@huabiao/domains/access/access-policy.model'
import { actRefusal } from '@huabiao/domains/change/change-act.model'
import { riskReasons, stagePolicies } from '@huabiao/domains/change/change-grade.model'
import { blocking, defaultGuardModes, evaluateGuards, guardsOf } from '@huabiao/domains/change/change-guard.model'
import { lintPlan } from '@huabiao/domains/change/change-lint.model'
import { asking, beginFacts, graded, guard, plan, policies, request, stepFacts, targets } from './decision-facts.ts'
import { dash, ms, noGoal, perSecond, type Row, times } from './row.ts'
import { quantile, rates } from './timing.ts'

/** Decisions, without the database: how many a second, and how long one may take at worst. The peer is Cedar, with its policies parsed before. */

const cedarPolicy = ({ document, roles }: Policy, i: number): string => {
  const [statement] = document.statements
  const object = i === 0 ? 'resource' : `resource == Change::"${statement!.resources[0]!.slice('change/'.length)}"`
  return `${statement!.effect === 'Deny' ? 'forbid' : 'permit'}(principal, action, ${object}) when {
    [${roles.map((role) => `"${role}"`).join(', ')}].contains(context.role) && ["change:execute", "change:read"].contains(context.act) &&
    (ip(context.source).isInRange(ip("10.0.0.0/8")) || ip(context.source).isInRange(ip("192.168.0.0/16"))) &&
    ["console", "ssh"].contains(context.door) && context.mfaAgeSeconds <= 900 && [1, 2, 3, 4, 5, 6, 7].contains(context.weekday)${
      i === 0 ? ' && context.minute >= 480 && context.minute < 1080' : ''
    } };`
}
function cedarDecision(count: number): () => unknown {
  const id = `bench-${count}`
  const parsed = cedar.preparsePolicySet(id, { staticPolicies: policies(count).map(cedarPolicy).join('\n') })
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed))
  const call = {
    principal: { type: 'Person', id: asking.personId },
    action: { type: 'Action', id: 'execute' },
    resource: { type: 'Change', id: request.resource.slice('change/'.length) },
    context: {
      role: 'ENG',
      act: request.action,
      source: request.sourceIp,
      door: 'ssh',
      mfaAgeSeconds: 180,
      weekday: 2,
      minute: 1350,
    },
    preparsedPolicySetId: id,
    entities: [],
  }
  const once = cedar.statefulIsAuthorized(call)
  if (once.type !== 'success' || once.response.diagnostics.errors.length > 0) throw new Error(JSON.stringify(once))
  return () => cedar.statefulIsAuthorized(call)
}

/** Everything that is decided before a session opens: policies of the unit, lint and risk of the plan, duties, all guards of the beginning. */
function openDecision(inForce: readonly Policy[]): string | undefined {
  if (judgePolicies(inForce, request).decision === 'deny') return 'access.denied'
  const lint = lintPlan(plan, {
    targets,
    windowStart: guard.windowStart!,
    windowEnd: guard.windowEnd!,
    minSoakSeconds: 600,
    standing: () => 'issued',
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  })
  const risks = riskReasons(graded)
  const stages = stagePolicies(risks[0]!.risk, graded)
  const errors = lint.filter((finding) => finding.severity === 'error').map((finding) => finding.code)
  const privileged = { used: false, approved: stages.some((stage) => stage.key === 'security') }
  return actRefusal(
    'begin',
    { ...beginFacts, guard: { ...beginFacts.guard, lintErrors: errors, greyErrors: errors, privileged } },
    asking,
  )
}

export async function decision(): Promise<Row[]> {
  const few = policies(3)
  const many = policies(100)
  const refused = openDecision(many) ?? actRefusal('runNext', stepFacts, asking)
  if (refused) throw new Error(`the measured decision is a refusal: ${refused}`)
  const found = rates({
    guards: () => blocking(evaluateGuards(guardsOf.step, guard), defaultGuardModes),
    whole: () => actRefusal('runNext', stepFacts, asking),
    ram3: () => judgePolicies(few, request),
    ram100: () => judgePolicies(many, request),
    cedar3: cedarDecision(3),
    cedar100: cedarDecision(100),
  })
  const took: number[] = []
  for (let i = 0; i < 5_000; i += 1) {
    const from = performance.now()
    openDecision(many)
    took.push(performance.now() - from)
  }
  const p99 = quantile(took.slice(1_000), 0.99)
  const beside = (what: string, ours: number, peer: number, name: string): Row => ({
    what,
    ours: perSecond(ours),
    peer: `${name} ${perSecond(peer)}`,
    ratio: times(ours / peer),
    ...noGoal,
  })
  return [
    {
      ...beside('decision: the seven guards of a step, with reasons', found.guards, found.cedar3, 'cedar-wasm, 3 policies'),
      goal: '≥ 1 M/s',
      met: found.guards >= 1e6,
    },
    beside(
      'decision: a step whole — duty, order, signature, recorder, guards',
      found.whole,
      found.cedar3,
      'cedar-wasm, 3 policies',
    ),
    beside('decision: 3 RAM policies of a unit', found.ram3, found.cedar3, 'cedar-wasm'),
    beside('decision: 100 RAM policies of a unit', found.ram100, found.cedar100, 'cedar-wasm'),
    {
      what: 'decision: a session opens — 100 policies, lint and risk of 20 targets, duties, ten guards',
      ours: `p99 ${ms(p99)}, p50 ${ms(quantile(took.slice(1_000), 0.5))}`,
      peer: dash,
      ratio: dash,
      goal: 'p99 ≤ 5 ms',
      met: p99 <= 5,
    },
  ]
}

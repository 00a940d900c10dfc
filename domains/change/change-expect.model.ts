import type { Check, Expectation } from './change-plan.model.ts'

export interface RunResult {
  readonly outcome: 'exited' | 'signalled' | 'timed-out' | 'not-started' | 'killed' | 'unknown'
  readonly exitCode: number | null
  readonly stdout: string
}
export interface CheckVerdict {
  readonly check: Check | { readonly kind: 'exit'; readonly exitCodes: number[] }
  readonly met: boolean
  readonly found: string
}

/** G-EXPECT: the result against the step's expectation, check by check. Anything but a plain exit fails; the unknown is never success. */
export function judge(expect: Expectation, result: RunResult): { met: boolean; verdicts: CheckVerdict[] } {
  const exit: CheckVerdict = {
    check: { kind: 'exit', exitCodes: expect.exitCodes },
    met: result.outcome === 'exited' && result.exitCode !== null && expect.exitCodes.includes(result.exitCode),
    found: result.outcome === 'exited' ? String(result.exitCode) : result.outcome,
  }
  const verdicts = [exit, ...expect.checks.map((check) => judgeCheck(check, result.stdout))]
  return { met: verdicts.every((verdict) => verdict.met), verdicts }
}

function judgeCheck(check: Check, stdout: string): CheckVerdict {
  switch (check.kind) {
    case 'contains':
      return { check, met: stdout.includes(check.text), found: stdout.includes(check.text) ? check.text : excerpt(stdout) }
    case 'absent':
      return { check, met: !stdout.includes(check.text), found: excerpt(stdout) }
    case 'line': {
      const met = stdout.split(/\r?\n/).some((line) => line.trim() === check.text.trim())
      return { check, met, found: met ? check.text : excerpt(stdout) }
    }
    case 'number': {
      const value = numberAfter(stdout, check.after)
      const met = value !== undefined && (check.min === null || value >= check.min) && (check.max === null || value <= check.max)
      return { check, met, found: value === undefined ? excerpt(stdout) : String(value) }
    }
  }
}

const excerpt = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text)

function numberAfter(text: string, label: string): number | undefined {
  const start = label === '' ? 0 : text.indexOf(label)
  if (start < 0) return undefined
  const match = /-?\d+(?:\.\d+)?/.exec(text.slice(start + label.length, start + label.length + 400))
  return match ? Number(match[0]) : undefined
}

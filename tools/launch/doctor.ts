// Looks at what most often goes wrong, and says what to do about it.
import { join } from 'node:path'
import pg from 'pg'
import { databaseUrls } from './database.ts'
import { checkEvidence } from './evidence-setting.ts'
import { readJson } from './files.ts'
import { accepts, answersOk } from './node-child.ts'
import { installHint, isInstalled, opensshServer } from './packages.ts'
import { httpUrl, localHost } from './plan.ts'
import { folderFault, freeBytes, neededToWork } from './preflight.ts'
import { loadSecrets, type StateFolder, supervisorOf } from './state.ts'
import type { SupervisorState } from './supervisor.ts'
import { checkWitness } from './witness-setting.ts'

interface Finding {
  what: string
  /** Empty when all is well. */
  wrong: string
  remedy?: string
}

const wellOr = async (what: string, check: () => Promise<unknown>, remedy: string): Promise<Finding> => {
  try {
    const answer = await check()
    return { what, wrong: answer === false ? 'does not answer' : '', remedy }
  } catch (error) {
    return { what, wrong: error instanceof Error ? error.message : String(error), remedy }
  }
}

export async function run(_args: readonly string[], state: StateFolder): Promise<number> {
  const major = Number(process.versions.node.split('.')[0])
  const findings: Finding[] = [
    {
      what: `Node ${process.versions.node}`,
      wrong: major >= 26 ? '' : 'older than 26',
      remedy: 'run ./huabiao, which brings its own Node',
    },
    { what: 'state folder can be written', wrong: folderFault(state) ?? '' },
    {
      what: 'disk has 2 GiB free',
      wrong: freeBytes(state.dir) > neededToWork ? '' : `${Math.floor(freeBytes(state.dir) / 2 ** 20)} MiB`,
      remedy: 'free space: recordings stop a session when they cannot be written',
    },
  ]
  const kept = readJson<SupervisorState>(join(state.run, 'state.json'))
  if (supervisorOf(state) === undefined || !kept)
    findings.push({ what: 'supervisor', wrong: 'not running', remedy: './huabiao up' })
  else {
    const { settings, ports } = kept
    if (settings.demo)
      findings.push({
        what: 'OpenSSH server for demo targets',
        wrong: isInstalled(opensshServer) ? '' : 'missing',
        remedy: installHint([opensshServer]),
      })
    const secrets = loadSecrets(state)
    const { app } = databaseUrls(secrets, ports.postgres)
    const evidence = await checkEvidence(secrets)
    if (evidence)
      findings.push({
        what: `evidence is kept in ${evidence.where}`,
        wrong: evidence.fault ? `${evidence.fault.kind}, ${evidence.fault.detail}` : '',
        remedy: evidence.mend,
      })
    const witness = await checkWitness(state, secrets, kept)
    findings.push(await recheckFinding(httpUrl(settings, ports), state.logFile('recheck')))
    findings.push(
      witness
        ? { what: `witness ${witness.where} counter-signs`, wrong: witness.wrong, remedy: witness.mend }
        : { what: 'no witness counter-signs the ledger (HUABIAO_WITNESS_URL)', wrong: '' },
    )
    findings.push(
      await wellOr('database answers', () => askClock(app), `see ${state.logFile('postgres')}`),
      await wellOr(
        'control plane answers',
        () => answersOk(`${httpUrl(settings, ports)}/api/v1/health`),
        `see ${state.logFile('control-plane')}`,
      ),
      await wellOr('jobs of the control plane succeed', () => askJobs(ports.metrics), `see ${state.logFile('control-plane')}`),
      await wellOr(
        'SSH gateway accepts connections',
        () => accepts({ host: localHost(settings), port: ports.ssh }),
        `see ${state.logFile('bastion')}`,
      ),
    )
    for (const child of kept.children.filter((one) => one.status !== 'running'))
      findings.push({ what: child.name, wrong: child.status, remedy: `see ${child.logFile}` })
  }
  for (const { what, wrong, remedy } of findings)
    console.log(wrong === '' ? `✓ ${what}` : `✗ ${what}: ${wrong}${remedy ? `\n    → ${remedy}` : ''}`)
  return findings.every((finding) => finding.wrong === '') ? 0 : 1
}

/** What the daily re-verification found, as the control plane has written it down. */
async function recheckFinding(url: string, log: string): Promise<Finding> {
  const what = 'every chain and recording is as it was sealed (daily recheck)'
  try {
    const answer = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(3_000) })
    const { recheck } = (await answer.json()) as { recheck: { state: string; lastAt: string | null } }
    if (recheck.state === 'failed')
      return { what, wrong: 'it is not', remedy: 'the ledger page names the chain; see docs/how-to/run-a-witness.md' }
    return { what, wrong: recheck.state === 'late' ? `last looked at ${recheck.lastAt ?? 'never'}` : '', remedy: `see ${log}` }
  } catch {
    return { what, wrong: 'health does not answer', remedy: `see ${log}` }
  }
}

/** Grants are refused when clocks disagree by more than two seconds, so this says it first. */
async function askClock(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
    const skew = Math.abs((rows[0]?.now.getTime() ?? 0) - Date.now())
    if (skew > 2_000) throw new Error(`its clock differs by ${skew} ms`)
  } finally {
    await client.end()
  }
}

const ofTime = 'see the log for the database, and whether its clock and this machine’s agree (unavailable: clock)'
/** What is not done while a job is late, and where to look. */
export const jobMends: Readonly<Record<string, string>> = {
  heads:
    'the ledger is not signed: see whether the signer runs (./huabiao status) and its log; `history_rewritten` there is an alarm',
  levels: 'sessions and waiting notices in the metrics are old: see the log for the database',
  notices: 'notices wait: see what the log says of their channel',
  gateways: `lost gateways are not noticed: ${ofTime}`,
  recordings: 'nobody notices that recordings are not kept: see the log for the database',
  changes: `grants that ran out, absent reviewers and ended windows are not noticed: ${ofTime}`,
  deadlines: `no deadline of a change fires: ${ofTime}`,
  rollbacks: `automatic rollbacks stand still: look at the changes that are rolling back; ${ofTime}`,
  permissions: `permissions that ran out stay: ${ofTime}`,
  violations: 'the ledger is not judged, so no violation is raised from it: see the log for the record it stopped at',
  'violation deadlines': `nobody is reminded to answer a violation: ${ofTime}`,
  gaps: `missing evidence is not noticed: ${ofTime}`,
  transfers: `tickets and waiting files do not run out: ${ofTime}`,
  evidence: `evidence that is over its term stays: see the log for the store; ${ofTime}`,
  witness: 'tree heads are not counter-signed: see the line of the witness above',
  emergencies: `overdue filings of emergencies are not noticed: ${ofTime}`,
  terminals: `break-glass terminals are not held to their emergencies: ${ofTime}`,
  sources: 'what identity sources say is not read: see the log for the source, and its page',
  obligations: `nobody is reminded of what documentary changes still owe: ${ofTime}`,
  vault: `kept credentials are not rotated after use: see the log for the target; ${ofTime}`,
  dossiers: 'dossiers of closed changes are not sealed: see the log for the evidence store and the change',
  departures: `access does not end with the last day: disable the accounts by hand; ${ofTime}`,
  campaigns: `nobody is reminded of a recertification, and none is closed: ${ofTime}`,
  'account norms': `accounts against the norm are not found or suspended: ${ofTime}`,
  reconciliation: `terminals are not reconciled with their targets: ${ofTime}`,
}

async function askJobs(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(3_000) })
  const { late } = (await answer.json()) as { late: { job: string; secondsSinceSuccess: number }[] }
  if (late.length === 0) return
  throw new Error(
    late
      .map(({ job, secondsSinceSuccess }) => {
        const mend = jobMends[job]
        return `${job} has not succeeded for ${secondsSinceSuccess} s${mend ? ` (${mend})` : ''}`
      })
      .join('; '),
  )
}

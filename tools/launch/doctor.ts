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
    findings.push(
      await wellOr('database answers', () => askClock(app), `see ${state.logFile('postgres')}`),
      await wellOr(
        'control plane answers',
        () => answersOk(`${httpUrl(settings, ports)}/api/v1/health`),
        `see ${state.logFile('control-plane')}`,
      ),
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

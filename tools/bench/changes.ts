import { listChanges } from '@huabiao/domains/change/change.contract'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import pg from 'pg'
import { health } from '../../apps/control-plane/app.ts'
import type { Deployment } from '../../e2e/deployment.ts'
import { cast } from '../../e2e/portal-change.ts'
import { seedChanges } from './changes-seed.ts'
import { partsOf } from './deployment-parts.ts'
import { dash, ms, noGoal, type Row, times } from './row.ts'
import { cpuMs, median, timed } from './timing.ts'

/** A page of 50 out of 25,000 changes: processor time of the control plane and of the database for each request, from /proc. */

const many = 25_000
const rounds = 4
const perRound = 20

export async function changes(on: Deployment): Promise<Row[]> {
  const parts = partsOf(on)
  const owner = new pg.Client({ connectionString: parts.ownerUrl })
  await owner.connect()
  try {
    await seedChanges(on, owner, many)
    const engineer = await on.as(cast.executor)
    const customer = await on.as(cast.customer)
    const management = await on.as('lin.guan')
    const other = await on.as('he.chen')
    const { rows: deep } = await owner.query<{ id: string }>(
      'select id from change_request order by id desc offset 20000 limit 1',
    )
    const after = deep[0]!.id
    const page = (client: typeof engineer, query: Parameters<typeof listChanges.query.parse>[0]) => () =>
      client(listChanges, { query: { limit: 50, ...(query as object) } })
    const asked: Readonly<Record<string, () => Promise<{ items: readonly unknown[] } | unknown>>> = {
      health: () => engineer(health),
      'first page': page(engineer, {}),
      'page 400 by its key': page(engineer, { after }),
      'open ones': page(engineer, { state: 'open' }),
      mine: page(engineer, { mine: 'true' }),
      'text of two characters': page(engineer, { text: '扩容' }),
      'text that nothing holds': page(engineer, { text: '不存在的' }),
      'one number': page(engineer, { text: 'CHG-20260101' }),
      'customer, whom they affect': page(customer, {}),
      'management unit': page(management, {}),
      'another provider, who sees none': page(other, {}),
      'my work': () => engineer(getMyWork),
    }
    const spent = Object.fromEntries(
      Object.keys(asked).map((name) => [name, { ours: [] as number[], database: [] as number[], took: [] as number[] }]),
    )
    for (let round = -1; round < rounds; round += 1)
      for (const [name, ask] of Object.entries(asked)) {
        const [ours, database] = [cpuMs([parts.controlPlane]), cpuMs(parts.postgres())]
        const took: number[] = []
        for (let i = 0; i < perRound; i += 1) took.push(await timed(ask))
        if (round < 0) continue
        const into = spent[name]!
        into.ours.push((cpuMs([parts.controlPlane]) - ours) / perRound)
        into.database.push((cpuMs(parts.postgres()) - database) / perRound)
        into.took.push(...took)
      }
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    const whole = (name: string): number => mean(spent[name]!.ours) + mean(spent[name]!.database)
    const floor = whole('health')
    return Object.keys(asked)
      .filter((name) => name !== 'health')
      .map((name): Row => {
        const { ours, database, took } = spent[name]!
        const goal = name === 'my work' ? noGoal : { goal: '≤ 5 ms CPU', met: whole(name) <= 5 }
        return {
          what: name === 'my work' ? `my work among ${many}` : `50 of ${many} changes: ${name}`,
          ours: `${ms(whole(name))} CPU (${ms(mean(ours))} + database ${ms(mean(database))}), p50 ${ms(median(took))}`,
          peer: `GET /health ${ms(floor)} CPU, p50 ${ms(median(spent.health!.took))}`,
          ratio: floor > 0 ? times(whole(name) / floor) : dash,
          ...goal,
        }
      })
  } finally {
    await owner.end()
  }
}

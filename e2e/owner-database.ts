import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Deployment } from './deployment.ts'

/** The deployment's database as its owner: to let time pass that no test can wait for, and to read records of no unit. */
export async function asOwner<T>(on: Deployment, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const { ports } = JSON.parse(readFileSync(join(on.state, 'run', 'state.json'), 'utf8')) as { ports: { postgres: number } }
  const secrets = JSON.parse(readFileSync(join(on.state, 'secrets.json'), 'utf8')) as { owner: string }
  const client = new pg.Client({
    host: '127.0.0.1',
    port: ports.postgres,
    user: 'huabiao_owner',
    password: secrets.owner,
    database: 'huabiao',
  })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

/** Why logons by this factor failed, as the ledgers have it: of every unit, and of the deployment itself. */
export const recordedCauses = (on: Deployment, factor: string): Promise<string[]> =>
  asOwner(on, async (client) => {
    const { rows } = await client.query<{ cause: string }>(
      `select body::jsonb -> 'data' ->> 'cause' as cause from ledger_record
       where act = 'identity.logon_failed' and decision = 'refused' and body::jsonb -> 'data' ->> 'factor' = $1`,
      [factor],
    )
    return rows.map((row) => row.cause)
  })

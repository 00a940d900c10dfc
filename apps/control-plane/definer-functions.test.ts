import { type TestDatabase, testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

/**
 * A definer function reads and writes past row-level security: whoever may call it is named one by one. PostgreSQL lets everybody call a
 * new function unless told otherwise, so that each migration says `revoke execute … from public`, and this test says where it was forgotten.
 */
let db: TestDatabase
let owner: pg.Client
beforeAll(async () => {
  db = await testDatabase()
  owner = new pg.Client({ connectionString: db.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(() => owner.end())

const definersWhere = async (condition: string): Promise<string[]> => {
  const { rows } = await owner.query(
    `select p.oid::regprocedure::text as name from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef and ${condition} order by 1`,
  )
  return rows.map((row) => row.name)
}
test('no definer function may be called by just anybody', async () => {
  expect(await definersWhere('true')).toContain('template_outcomes(uuid)')
  expect(
    await definersWhere(
      `exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0 and a.privilege_type = 'EXECUTE')`,
    ),
  ).toEqual([])
})
test('each finds its tables by a path of its own, whatever the caller set', async () => {
  expect(
    await definersWhere(`not exists (select 1 from unnest(p.proconfig) setting where setting like 'search_path=%')`),
  ).toEqual([])
})
test('what came of the uses of a model is counted for its own unit, and handed to nobody else', async () => {
  const app = new pg.Client({ connectionString: db.appUrl })
  await app.connect()
  try {
    const asked = 'select * from template_outcomes(gen_random_uuid())'
    await expect(app.query(asked)).rejects.toThrow('permission denied for function template_outcomes')
  } finally {
    await app.end()
  }
})

import pg from 'pg'

/**
 * Makes the roles that our processes connect as: they own nothing and bypass nothing. `ownerUrl` needs CREATEROLE.
 * Passwords are set on each call, so a lost secrets file heals by the next start.
 */
export async function ensureRoles(ownerUrl: string, passwords: { app: string; signer: string }): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    for (const [role, password] of [
      ['huabiao_app', passwords.app],
      ['huabiao_signer', passwords.signer],
    ] as const) {
      const found = await client.query('select 1 from pg_roles where rolname = $1', [role])
      // Two starts at once: the loser's role exists already, which is what was wanted.
      if (found.rowCount === 0)
        await client.query(`create role ${role} login nosuperuser nocreatedb nocreaterole nobypassrls`).catch(ignoreDuplicate)
      await client.query(`alter role ${role} password ${pg.escapeLiteral(password)}`)
    }
  } finally {
    await client.end()
  }
}

const ignoreDuplicate = (error: { code?: string }): void => {
  if (error.code !== '42710' && error.code !== '23505') throw error
}

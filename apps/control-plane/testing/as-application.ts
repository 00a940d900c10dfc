import type pg from 'pg'

/**
 * The database under the application's own role: what a control plane that was taken over could do in the name of any account. Answers
 * what the database says: `1 rows`, the code of its refusal, or its message. Nothing of it stays.
 */
export const asApplication =
  (owner: pg.Client, app: pg.Client) =>
  async (login: string, statement: string, values: unknown[] = []): Promise<string> => {
    const { rows } = await owner.query('select tenant_id, person_id from account where login = $1', [login])
    await app.query('begin')
    try {
      await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
        rows[0].tenant_id,
        rows[0].person_id,
      ])
      const { rowCount } = await app.query(statement, values)
      return `${rowCount} rows`
    } catch (error) {
      const { message } = error as Error
      return /^[a-z_]+\.[a-z_]+/.exec(message)?.[0] ?? message
    } finally {
      await app.query('rollback')
    }
  }

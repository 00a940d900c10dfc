// The database of a deployment for a command: the one that runs, or the embedded one started for as long as the command takes.
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { type DatabaseUrls, databaseUrls, ensureOwner } from './database.ts'
import { readJson } from './files.ts'
import { openLog } from './logs.ts'
import { anyFreePort } from './ports.ts'
import { initialise, startPostgres } from './postgres.ts'
import { placePostgres } from './postgres-place.ts'
import { loadSecrets, makeStateFolder, type StateFolder, supervisorOf } from './state.ts'
import type { SupervisorState } from './supervisor.ts'

export async function withDatabase<T>(state: StateFolder, run: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  const secrets = loadSecrets(state)
  if (secrets.databaseUrl !== undefined) return run(databaseUrls(secrets, 0))
  const kept = supervisorOf(state) && readJson<SupervisorState>(join(state.run, 'state.json'))
  if (kept) return run(databaseUrls(secrets, kept.ports.postgres))
  makeStateFolder(state)
  const place = await placePostgres(state.dir)
  await initialise(place, secrets.superuser)
  const logFd = openLog(state.logFile('postgres'))
  try {
    const server = await startPostgres({ place, superuserPassword: secrets.superuser, port: await anyFreePort(), logFd })
    try {
      await ensureOwner(secrets, server.port)
      return await run(databaseUrls(secrets, server.port))
    } finally {
      await server.stop()
    }
  } finally {
    closeSync(logFd)
  }
}

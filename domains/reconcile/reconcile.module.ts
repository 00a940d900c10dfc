import type { Route } from '@huabiao/kit/http/route'
import type { ReconcileDeps } from './reconcile.ports.ts'
import { reconcileRoutes } from './reconcile.service.ts'

export { judgeTerminals } from './reconcile.jobs.ts'
export type { ReconcileDeps } from './reconcile.ports.ts'
export { executedIn } from './reconcile.read.ts'

export const reconcileModule = (deps: ReconcileDeps): { routes: Route[] } => ({ routes: reconcileRoutes(deps) })

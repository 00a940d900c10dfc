import type { Endpoint } from '@huabiao/kit/contract/contract'
import type { Route } from '@huabiao/kit/http/route'
import { allRoutes } from '../app.ts'
import { compose, type Platform } from '../compose.ts'

/** Every route as the composition root mounts it. Routes need no database until they are called. */
export const everyRoute: readonly Route[] = allRoutes(
  compose({
    services: [],
    requiredGuards: [],
    secretKey: new Uint8Array(32),
    origin: 'http://localhost',
    signer: {},
    wsUrl: () => undefined,
  } as unknown as Platform),
)

export const everyEndpoint: readonly Endpoint[] = everyRoute
  .map((route) => route.endpoint)
  .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`, 'en'))

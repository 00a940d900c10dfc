import { handle, handleRaw, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './federation.contract.ts'
import type { FederationDeps, ServiceOf } from './federation.ports.ts'
import * as clients from './federation-client.contract.ts'
import * as parties from './federation-client.service.ts'
import * as logon from './federation-logon.contract.ts'
import * as ways from './federation-logon.service.ts'
import * as scim from './federation-scim.contract.ts'
import * as users from './federation-scim.service.ts'
import * as services from './federation-service.contract.ts'
import * as programs from './federation-service.service.ts'
import * as sources from './federation-source.service.ts'

export { sweepSources } from './federation.jobs.ts'
export {
  type Directory,
  type DirectoryPerson,
  type FederationDeps,
  type LogonPort,
  type OidcClient,
  type OidcFlow,
  type OidcPlace,
  type ProviderPort,
  TooMany,
} from './federation.ports.ts'
export { settleProposals } from './federation.store.ts'
export { type Artifact, accountIdOf, accountOf, artifactsOf } from './federation-artifact.service.ts'
export { findLiveClient, type LiveClient } from './federation-client.store.ts'

export function federationModule(deps: FederationDeps): { deps: FederationDeps; routes: Route[]; serviceOf: ServiceOf } {
  return {
    deps,
    serviceOf: programs.serviceOf(deps),
    routes: [
      look(contract.listSources, (tx, actor) => sources.listOfSources(deps, tx, actor)),
      handle(contract.createSource, (tx, actor, input) => sources.createSource(deps, tx, actor, input)),
      handle(contract.updateSource, (tx, _actor, input) => sources.changeSource(deps, tx, input)),
      handle(contract.enableSource, (tx, _actor, input) => sources.switchSource(deps, tx, input, 'enabled')),
      handle(contract.disableSource, (tx, _actor, input) => sources.switchSource(deps, tx, input, 'disabled')),
      handleStaged(contract.syncSource, (stages, input) => sources.syncNow(deps, stages, input)),
      look(contract.listSubjects, (tx, _actor, input) => sources.listOfSubjects(deps, tx, input)),
      handle(contract.bindSubject, (tx, actor, input) => sources.bindSubject(deps, tx, actor, input)),
      handle(contract.unbindSubject, (tx, actor, input) => sources.unbindSubject(deps, tx, actor, input)),
      look(contract.listProposals, (tx, actor, input) => sources.listOfProposals(deps, tx, actor, input)),
      handle(contract.dismissProposal, (tx, actor, input) => sources.dismissProposal(deps, tx, actor, input)),
      look(logon.listLogonSources, (tx) => ways.logonSources(tx)),
      handleStaged(logon.beginOidc, (stages, input) => ways.beginAtProvider(deps, stages, input)),
      handleStaged(logon.completeOidc, (stages, input) => ways.comeBack(deps, stages, input)),
      handleStaged(logon.logonDirectory, (stages, input) => ways.byDirectory(deps, stages, input)),
      look(services.listServiceIdentities, (tx, actor) => programs.listOfServices(deps, tx, actor)),
      handle(services.createServiceIdentity, (tx, actor, input) => programs.createService(deps, tx, actor, input)),
      handle(services.rotateServiceIdentity, (tx, _actor, input) => programs.rotateService(deps, tx, input)),
      handle(services.revokeServiceIdentity, (tx, _actor, input) => programs.revokeService(deps, tx, input)),
      look(clients.listOidcClients, (tx, actor) => parties.listOfClients(deps, tx, actor)),
      handle(clients.requestOidcClient, (tx, actor, input) => parties.requestClient(deps, tx, actor, input)),
      handle(clients.admitOidcClient, (tx, actor, input) => parties.decideClient(deps, tx, actor, { ...input, state: 'active' })),
      handle(clients.rejectOidcClient, (tx, actor, input) =>
        parties.decideClient(deps, tx, actor, { ...input, state: 'rejected' }),
      ),
      handle(clients.revokeOidcClient, (tx, actor, input) => parties.revokeClient(deps, tx, actor, input)),
      // Raw, for the cookie: the browser that decides must be the one that was sent here.
      handleRaw(clients.getInteraction, async (request, reply, { actor }, { params }) => {
        const { uid } = params as { uid: string }
        const view = await deps.provider.interaction(actor, uid, request.headers.cookie)
        return reply.header('cache-control', 'no-store').send(clients.getInteraction.response.parse(view))
      }),
      handleRaw(clients.decideInteraction, async (request, reply, stages, { params, body }) => {
        const { uid } = params as { uid: string }
        const { allow } = body as { allow: boolean }
        const of = { allow, cookie: request.headers.cookie }
        const { redirectTo, clientId, claims } = await deps.provider.decide(stages.actor, uid, of)
        const type = allow ? 'oidc.allowed' : 'oidc.denied'
        await stages.record([{ type, object: `account/${stages.actor.accountId}`, clientId, claims }])
        return reply.header('cache-control', 'no-store').send(clients.decideInteraction.response.parse({ redirectTo }))
      }),
      look(scim.scimConfig, async () => users.capabilities(deps)),
      look(scim.scimTypes, async () => users.resourceTypes(deps)),
      look(scim.scimSchemas, async () => users.schemas()),
      look(scim.scimListUsers, (tx, actor, input) => users.listUsers(deps, tx, actor, input)),
      look(scim.scimGetUser, (tx, actor, { params }) => users.getUser(deps, tx, actor, params.userId)),
      handle(scim.scimCreateUser, (tx, actor, input) => users.createUser(deps, tx, actor, input)),
      handle(scim.scimReplaceUser, (tx, actor, input) => users.replaceUser(deps, tx, actor, input)),
      handle(scim.scimPatchUser, (tx, actor, input) => users.patchUser(deps, tx, actor, input)),
      handle(scim.scimDeleteUser, (tx, actor, { params }) => users.removeUser(deps, tx, actor, params.userId)),
    ],
  }
}

import { type EnrolmentDeps, enrolmentModule } from '@huabiao/domains/enrolment/enrolment.module'
import { type VaultDeps, vaultModule } from '@huabiao/domains/vault/vault.module'

type Deps = EnrolmentDeps & VaultDeps
/** What lies between a gateway and its targets: what they are told, and what is kept where they cannot be told. */
export function secondLeg(
  on: Pick<Deps, 'clock' | 'signer'> & { readonly origin: string },
  of: Pick<Deps, 'systems' | 'targets' | 'gateways'> & {
    readonly access: Pick<Deps, 'holders'>
    readonly notification: Pick<Deps, 'notify'>
  },
) {
  const { clock, signer, origin: controlPlaneUrl } = on
  const { access, notification, ...parts } = of
  const deps: Deps = { ...parts, clock, signer, controlPlaneUrl, holders: access.holders, notify: notification.notify }
  const enrolment = enrolmentModule(deps)
  const vault = vaultModule(deps)
  return { routes: [...enrolment.routes, ...vault.routes], vault: vault.deps, kept: vault.kept }
}

import type { SourceView } from '@huabiao/domains/federation/federation.contract'
import type { SourceKind } from '@huabiao/domains/federation/federation.model'

/** The form as it is typed: texts all of it. What it means the contract says. */
export interface SourceDraft {
  kind: SourceKind
  name: string
  issuer: string
  clientId: string
  secretName: string
  unitClaim: string
  ca: string
  host: string
  port: string
  tls: 'ldaps' | 'starttls'
  bindDn: string
  baseDn: string
  loginAttribute: string
  idAttribute: string
  identityAttribute: string
  disabledAttribute: string
  disabledValue: string
}
export const newDraft = (kind: SourceKind): SourceDraft => ({
  kind,
  name: '',
  issuer: '',
  clientId: '',
  secretName: '',
  unitClaim: '',
  ca: '',
  host: '',
  port: '636',
  tls: 'ldaps',
  bindDn: '',
  baseDn: '',
  loginAttribute: 'uid',
  idAttribute: 'entryUUID',
  identityAttribute: '',
  disabledAttribute: '',
  disabledValue: '',
})

export function draftOf({ name, settings }: SourceView): SourceDraft {
  const draft = { ...newDraft(settings.kind), name }
  if (settings.kind === 'oidc') {
    const { issuer, clientId, secretName, unitClaim, ca } = settings
    return { ...draft, issuer, clientId, secretName: secretName ?? '', unitClaim: unitClaim ?? '', ca: ca ?? '' }
  }
  if (settings.kind === 'scim') return draft
  const { host, port, tls, ca, bindDn, secretName, baseDn, loginAttribute, idAttribute } = settings
  return {
    ...draft,
    ...{ host, tls, ca, bindDn, secretName, baseDn, loginAttribute, idAttribute },
    port: String(port),
    identityAttribute: settings.identityAttribute ?? '',
    disabledAttribute: settings.disabledWhen?.attribute ?? '',
    disabledValue: settings.disabledWhen?.value ?? '',
  }
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())
/** What the contract is asked about. */
export function settingsOf(draft: SourceDraft): object {
  const { kind } = draft
  if (kind === 'scim') return { kind }
  if (kind === 'oidc') {
    const { issuer, clientId, secretName, unitClaim, ca } = draft
    const optional = { secretName: orNull(secretName), unitClaim: orNull(unitClaim), ca: orNull(ca) }
    return { kind, issuer: issuer.trim(), clientId: clientId.trim(), ...optional }
  }
  const { host, port, tls, ca, bindDn, secretName, baseDn, loginAttribute, idAttribute } = draft
  const attribute = orNull(draft.disabledAttribute)
  return {
    kind,
    ...{ tls, bindDn, baseDn },
    host: host.trim(),
    port: Number(port),
    ca: ca.trim(),
    secretName: secretName.trim(),
    loginAttribute: loginAttribute.trim(),
    idAttribute: idAttribute.trim(),
    identityAttribute: orNull(draft.identityAttribute),
    disabledWhen: attribute ? { attribute, value: draft.disabledValue.trim() } : null,
  }
}

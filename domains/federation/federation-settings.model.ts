import { z } from 'zod'
import type { SourceKind } from './federation.model.ts'

/** Settings of a source as rows hold them. A secret stands in a file of the deployment; here is only what the file is called. */
const SecretName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/)
const AttributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,59}$/)
const Dn = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .regex(/^[^\p{Cc}]+$/u)
/** Certificate authorities in PEM; with them the public ones count for nothing. */
const Pem = z
  .string()
  .max(16_384)
  .regex(/^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+-----END CERTIFICATE-----\s*$/)
const ClaimName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,59}$/)

export const OidcSettings = z.strictObject({
  kind: z.literal('oidc'),
  /** Compared character by character with what discovery and token say. */
  issuer: z.url({ protocol: /^https$/ }).max(500),
  clientId: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x21-\x7e]+$/),
  /** Absent for a public client: PKCE alone. */
  secretName: SecretName.nullable(),
  ca: Pem.nullable(),
  nameClaim: ClaimName.default('name'),
  unitClaim: ClaimName.nullable(),
})
export const LdapSettings = z.strictObject({
  kind: z.literal('ldap'),
  host: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$/),
  port: z.number().int().min(1).max(65_535),
  tls: z.enum(['ldaps', 'starttls']),
  /** The directory's authority, pinned: a directory is never public. */
  ca: Pem,
  bindDn: Dn,
  secretName: SecretName,
  baseDn: Dn,
  objectClass: AttributeName.default('inetOrgPerson'),
  loginAttribute: AttributeName.default('uid'),
  /** What never changes of an entry; not its name, which may. */
  idAttribute: AttributeName.default('entryUUID'),
  nameAttribute: AttributeName.default('cn'),
  unitAttribute: AttributeName.default('departmentNumber'),
  titleAttribute: AttributeName.default('title'),
  /** The identity number, where the directory has it: the one attribute by which an import may bind a person. */
  identityAttribute: AttributeName.nullable(),
  /** One more way in which this directory says that somebody does not count. */
  disabledWhen: z.strictObject({ attribute: AttributeName, value: z.string().min(1).max(100) }).nullable(),
})
export const ScimSettings = z.strictObject({ kind: z.literal('scim') })
export const SourceSettings = z.discriminatedUnion('kind', [OidcSettings, LdapSettings, ScimSettings])
export type SourceSettings = z.infer<typeof SourceSettings>
export type OidcSettings = z.infer<typeof OidcSettings>
export type LdapSettings = z.infer<typeof LdapSettings>

/** The host a source leads to, for the list that the deployment admits; undefined where it leads nowhere. */
export const hostOf = (settings: SourceSettings): string | undefined =>
  settings.kind === 'oidc' ? hostOfUrl(settings.issuer) : settings.kind === 'ldap' ? settings.host : undefined
/** The model knows no URL object: the form was checked above. */
const hostOfUrl = (url: string): string => /^https:\/\/(?:[^/?#@]*@)?([^/?#:]+)/.exec(url)?.[1]?.toLowerCase() ?? ''
export const secretOf = (settings: SourceSettings): string | null => ('secretName' in settings ? settings.secretName : null)
export const kindOf = (settings: SourceSettings): SourceKind => settings.kind

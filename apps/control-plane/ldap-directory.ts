import { escapeFilter, isDisabledEntry, peopleMax } from '@huabiao/domains/federation/federation.model'
import { type Directory, type DirectoryPerson, TooMany } from '@huabiao/domains/federation/federation.module'
import type { LdapSettings } from '@huabiao/domains/federation/federation-settings.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { Client, type Entry, ResultCodeError } from 'ldapts'

/** A directory over LDAP (RFC 4511): always TLS, to the pinned authority; referrals are not followed. */

// Invalid credentials (49), and what directories say of accounts that are locked, disabled or expired: 19, 50, 53.
const refusing = new Set([19, 49, 50, 53])
const sizeLimitExceeded = 4
const stateAttributes = ['userAccountControl', 'lockoutTime', 'nsAccountLock', 'pwdAccountLockedTime', 'shadowExpire']
const timeoutMs = 10_000

/** @throws Unavailable where it cannot be reached, is not who it should be, or answers something else than yes or no */
async function connected<T>(settings: LdapSettings, run: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, tls, ca } = settings
  const tlsOptions = { ca, servername: host, minVersion: 'TLSv1.2', rejectUnauthorized: true } as const
  const client = new Client({
    url: `${tls === 'ldaps' ? 'ldaps' : 'ldap'}://${host}:${port}`,
    timeout: timeoutMs,
    connectTimeout: 5_000,
    strictDN: false,
    ...(tls === 'ldaps' ? { tlsOptions } : {}),
  })
  try {
    // Nothing is said before the connection is encrypted: no password ever travels in clear.
    if (tls === 'starttls') await client.startTLS(tlsOptions)
    return await run(client)
  } catch (error) {
    if (error instanceof Unavailable || error instanceof TooMany) throw error
    throw new Unavailable('directory', true, error)
  } finally {
    await client.unbind().catch(() => undefined)
  }
}
/** False where the directory says that this name and password do not go together. */
async function binds(client: Client, dn: string, password: string): Promise<boolean> {
  if (password === '') return false
  try {
    await client.bind(dn, password)
    return true
  } catch (error) {
    if (error instanceof ResultCodeError && refusing.has(error.code)) return false
    throw error
  }
}
async function asOurselves(client: Client, { settings, secret }: { settings: LdapSettings; secret: string }): Promise<void> {
  if (!(await binds(client, settings.bindDn, secret)))
    throw new Unavailable('directory', false, new Error('our own bind is refused'))
}

const binary = /^(objectGUID|objectSid)$/i
function firstOf(entry: Entry, attribute: string): string | undefined {
  const key = Object.keys(entry).find((name) => name.toLowerCase() === attribute.toLowerCase())
  const value = key === undefined ? undefined : entry[key]
  const first = Array.isArray(value) ? value[0] : value
  if (first === undefined) return undefined
  const text = Buffer.isBuffer(first) ? first.toString('hex') : first.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  return text === '' ? undefined : text.slice(0, 255)
}
function personOf(entry: Entry, settings: LdapSettings, at: Date): DirectoryPerson | undefined {
  const read = (attribute: string): string | undefined => firstOf(entry, attribute)
  const externalId = read(settings.idAttribute)
  if (!externalId) return undefined
  const { disabledWhen, identityAttribute } = settings
  const parts = {
    userName: read(settings.loginAttribute),
    name: read(settings.nameAttribute),
    unit: read(settings.unitAttribute),
    title: read(settings.titleAttribute),
    email: read('mail'),
  }
  const isDisabled = isDisabledEntry(read, at) || (disabledWhen !== null && read(disabledWhen.attribute) === disabledWhen.value)
  return {
    externalId,
    attributes: Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
    active: !isDisabled,
    identityNumber: identityAttribute ? read(identityAttribute)?.toUpperCase() : undefined,
  }
}
function wanted(settings: LdapSettings) {
  const { idAttribute, loginAttribute, nameAttribute, unitAttribute, titleAttribute, identityAttribute, disabledWhen } = settings
  const named = [idAttribute, loginAttribute, nameAttribute, unitAttribute, titleAttribute, 'mail', ...stateAttributes]
  return {
    scope: 'sub',
    derefAliases: 'never',
    attributes: [...named, ...(identityAttribute ? [identityAttribute] : []), ...(disabledWhen ? [disabledWhen.attribute] : [])],
    explicitBufferAttributes: binary.test(idAttribute) ? [idAttribute] : [],
  } as const satisfies object
}

export const ldapDirectory = (clock: Clock): Directory => ({
  prove: async (on, login, password) => {
    const { settings } = on
    if (password === '') return undefined
    const filter = `(&(objectClass=${settings.objectClass})(${settings.loginAttribute}=${escapeFilter(login)}))`
    const entry = await connected(settings, async (client) => {
      await asOurselves(client, on)
      try {
        const { attributes, ...rest } = wanted(settings)
        const { searchEntries } = await client.search(settings.baseDn, {
          ...rest,
          attributes: [...attributes],
          filter,
          sizeLimit: 2,
        })
        return searchEntries.length === 1 ? searchEntries[0] : undefined
      } catch (error) {
        // Several people of one name are nobody.
        if (error instanceof ResultCodeError && error.code === sizeLimitExceeded) return undefined
        throw error
      }
    })
    const person = entry && personOf(entry, settings, clock.now())
    if (!entry || !person) return undefined
    // A connection of its own: what we may search stays with us.
    return (await connected(settings, (client) => binds(client, entry.dn, password))) ? person : undefined
  },
  people: (on) =>
    connected(on.settings, async (client) => {
      await asOurselves(client, on)
      const { settings } = on
      const { attributes, ...rest } = wanted(settings)
      const all: DirectoryPerson[] = []
      const pages = client.searchPaginated(settings.baseDn, {
        ...rest,
        attributes: [...attributes],
        filter: `(objectClass=${settings.objectClass})`,
        paged: { pageSize: 500 },
      })
      for await (const { searchEntries } of pages) {
        for (const entry of searchEntries) {
          const person = personOf(entry, settings, clock.now())
          if (person) all.push(person)
        }
        if (all.length > peopleMax) throw new TooMany(`more than ${peopleMax} people`)
      }
      return all
    }),
})

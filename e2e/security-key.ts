import type { CDPSession, Page } from 'playwright-core'

/** A security key as Chromium plays it: it signs with a real key, counts, and can be copied, which a real one cannot. */
export interface Credential {
  credentialId: string
  isResidentCredential: boolean
  rpId: string
  privateKey: string
  signCount: number
}
export interface SecurityKey {
  /** The one credential on it. */
  read(): Promise<Credential>
}
/** Plugs a key into this page; with a credential it is a copy of the key that has it. */
export async function plugIn(page: Page, credential?: Credential): Promise<SecurityKey> {
  const cdp: CDPSession = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: false,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  if (credential) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
  return {
    read: async () => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      const [one] = credentials
      if (!one) throw new Error('the security key is empty')
      return one as Credential
    },
  }
}

/** Security keys are bound to a domain name: browsers refuse them for an address, and without https except on localhost. */
export const hasWebAuthn = (): boolean => 'PublicKeyCredential' in window && !/^\[|^\d+(\.\d+){3}$/.test(location.hostname)

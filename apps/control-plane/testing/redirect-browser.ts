import { request as httpRequest } from 'node:http'

/** A browser: it keeps cookies by path and says where it is sent next. */
export class RedirectBrowser {
  readonly #cookies: { name: string; value: string; path: string }[] = []
  async get(
    url: URL,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; location: URL | undefined; body: string }> {
    const cookie = this.cookieFor(url.pathname)
    return new Promise((resolve, reject) => {
      const sent = httpRequest(url, { agent: false, headers: { ...(cookie ? { cookie } : {}), ...headers } }, (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          body += part
        })
        for (const one of answer.headers['set-cookie'] ?? []) this.#keep(one)
        const { location } = answer.headers
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            location: location === undefined ? undefined : new URL(location, url),
            body,
          }),
        )
      })
      sent.on('error', reject)
      sent.end()
    })
  }
  cookieFor(path: string): string {
    return this.#cookies
      .filter((one) => path.startsWith(one.path))
      .map((one) => `${one.name}=${one.value}`)
      .join('; ')
  }
  #keep(text: string): void {
    const [pair = '', ...rest] = text.split(';').map((part) => part.trim())
    const path = /^path=(.*)$/i.exec(rest.find((part) => /^path=/i.test(part)) ?? '')?.[1] ?? '/'
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const at = this.#cookies.findIndex((one) => one.name === name && one.path === path)
    if (at >= 0) this.#cookies.splice(at, 1)
    if (value !== '') this.#cookies.push({ name, value, path })
  }
}

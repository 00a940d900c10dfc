import { expect, test } from 'vitest'
import { publicHost, publicUrl } from './plan.ts'
import { type Ports, parseSettings, withEnvironment } from './settings.ts'

const ports: Ports = {
  http: 8600,
  https: 8643,
  ssh: 8622,
  ws: 8623,
  ssh2: 8624,
  ws2: 8625,
  sshtenant: 8626,
  wstenant: 8627,
  postgres: 8654,
  signer: 8664,
  witness: 8670,
  metrics: 8690,
  targets: [],
}
const settings = (text: object, env: Record<string, string> = {}) => withEnvironment(parseSettings(JSON.stringify(text)), env)

test('on this machine the address is a name: browsers bind security keys to names, never to addresses', () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) expect(publicUrl(settings({ host }), ports)).toBe('http://localhost:8600')
  expect(publicUrl(settings({ publicNames: ['cloud.test'] }), ports)).toBe('http://cloud.test:8600')
})
test('a deployment behind TLS says where people reach it', () => {
  const served = settings({}, { HUABIAO_PUBLIC_URL: 'https://cloud.example.gov.cn/' })
  expect([publicUrl(served, ports), publicHost(served)]).toEqual(['https://cloud.example.gov.cn', 'cloud.example.gov.cn'])
})
test.each([
  'cloud.example.gov.cn',
  'ftp://cloud.example.gov.cn',
  'https://cloud.example.gov.cn/console',
  'https://a@cloud.test',
])('%s is no address', (url) => expect(() => settings({}, { HUABIAO_PUBLIC_URL: url })).toThrow())

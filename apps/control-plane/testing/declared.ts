import * as documentary from '@huabiao/domains/documentary/documentary.contract'
import * as dossier from '@huabiao/domains/dossier/dossier.contract'
import * as emergency from '@huabiao/domains/emergency/emergency.contract'
import * as emergencyOverview from '@huabiao/domains/emergency/emergency-overview.contract'
import * as template from '@huabiao/domains/template/template.contract'
import type { Endpoint } from '@huabiao/kit/contract/contract'
import { expect } from 'vitest'

/** A contract says what its endpoint may refuse; whatever a test is answered was said there. What every endpoint refuses alike is said nowhere. */
const endpoints = [documentary, dossier, emergency, emergencyOverview, template]
  .flatMap((contract): unknown[] => Object.values(contract))
  .filter((one): one is Endpoint => typeof one === 'object' && one !== null && 'refusals' in one && 'path' in one)
const everywhere = /^(access|request|session)\./

export function expectDeclared(method: string, url: string, status: number, body: unknown): void {
  const { code } = (body ?? {}) as { code?: string }
  if (status < 400 || code === undefined || everywhere.test(code)) return
  const path = url.split('?')[0]!
  const asked = endpoints.find((one) => one.method === method && new RegExp(`^${one.path.replace(/:\w+/g, '[^/]+')}$`).test(path))
  if (asked) expect(asked.refusals, `${asked.name} does not declare it`).toContain(code)
}

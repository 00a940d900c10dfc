import { scimError } from '@huabiao/domains/federation/federation-scim.model'
import type { Problem } from '@huabiao/kit/contract/contract'

/** RFC 7644 §3.12, Table 9. */
const types: Readonly<Record<string, string>> = {
  'federation.scim_invalid': 'invalidValue',
  'federation.scim_filter': 'invalidFilter',
  'federation.scim_taken': 'uniqueness',
  'request.invalid': 'invalidSyntax',
}

/** A refusal in SCIM's words, with our code as its detail; undefined outside of SCIM. */
export function scimProblem(path: string, problem: Problem): { type: string; body: object } | undefined {
  if (!path.startsWith('/api/v1/scim/')) return undefined
  const scimType = types[problem.code]
  const at = typeof problem.params.at === 'string' ? `: ${problem.params.at}` : ''
  return {
    type: 'application/scim+json; charset=utf-8',
    body: {
      schemas: [scimError],
      status: String(problem.status),
      ...(scimType ? { scimType } : {}),
      detail: `${problem.code}${at}`,
    },
  }
}

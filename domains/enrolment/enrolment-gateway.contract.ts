import { Count, endpoint, Label, Prose, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { probes, sightings } from './enrolment.model.ts'

/** What a gateway says of a check. It reports what it saw; whether that is good is decided elsewhere. */
export const checkCertificates = endpoint({
  name: 'checkCertificates',
  method: 'POST',
  path: '/api/v1/gateway/checks/:checkId/certificates',
  permission: 'service:gateway',
  summary: '申请检查用证书 / Certificates for a check',
  params: z.object({ checkId: Uuid }),
  body: z.object({ publicKey: z.string().max(500), proof: z.string().max(512) }),
  response: z.object({
    certificates: z.array(z.object({ probe: Label, account: Label, certificate: Prose })).max(40),
  }),
  refusals: ['enrolment.check_not_found'],
})
export const checkFinished = endpoint({
  name: 'checkFinished',
  method: 'POST',
  path: '/api/v1/gateway/checks/:checkId/finished',
  permission: 'service:gateway',
  summary: '检查结果 / What a check saw',
  params: z.object({ checkId: Uuid }),
  body: z.object({
    seen: z
      .array(
        z.object({
          probe: z.enum(probes),
          account: z.string().max(40).nullable(),
          sighting: z.enum(sightings),
          differenceMs: z.number().min(-1e12).max(1e12).nullable(),
          detail: z.string().max(200),
        }),
      )
      .max(60),
    durationMs: Count,
  }),
  response: z.object({}),
  refusals: ['enrolment.check_not_found'],
})

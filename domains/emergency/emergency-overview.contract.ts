import { Count, endpoint, Label, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Who may stand beside it: of the own unit, trained, not held back, and not the person asking. */
export const listSeconds = endpoint({
  name: 'listEmergencySeconds',
  method: 'GET',
  path: '/api/v1/emergency-seconds',
  permission: 'emergency:invoke',
  summary: '可作第二人的人员 / Who can be the second person',
  response: z.object({ people: z.array(z.object({ id: Uuid, name: Label, refusal: Label.nullable() })).max(200) }),
})
/** By month of Beijing. Shares above 5 % of changes or 2 % of sessions are an alarm (itsm §2.3, bastion §5.5). */
export const getEmergencyFigures = endpoint({
  name: 'getEmergencyFigures',
  method: 'GET',
  path: '/api/v1/emergency-figures',
  permission: 'emergency:oversee',
  summary: '破窗月度数据 / Monthly figures of break-glass',
  query: z.object({ months: z.coerce.number().int().min(1).max(24).default(6) }),
  response: z.object({
    rows: z
      .array(
        z.object({
          month: Label,
          unitId: Uuid,
          unitName: Label,
          invoked: Count,
          granted: Count,
          refused: Count,
          /** Changes that began in the month, emergencies among them. */
          changes: Count,
          sessions: Count,
          emergencySessions: Count,
          filedInTime: Count,
          filedLate: Count,
          unfiled: Count,
          rejected: Count,
          /** From the end of the work to the countersigned filing; null where none was filed. */
          averageFilingHours: z.number().min(0).max(100_000).nullable(),
          alarmChanges: z.boolean(),
          alarmSessions: z.boolean(),
        }),
      )
      .max(500),
  }),
})

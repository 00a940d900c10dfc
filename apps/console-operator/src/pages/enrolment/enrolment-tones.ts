import type { EnrolmentState } from '@huabiao/domains/enrolment/enrolment.model'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const enrolmentTones: Readonly<Record<EnrolmentState, Tone>> = {
  unchecked: 'wait',
  checking: 'info',
  enrolled: 'good',
  stale: 'wait',
  failing: 'bad',
  'key-changing': 'wait',
}

import type { FileAttempt } from './attack.ts'
import type { Part, Scene } from './scene.ts'

/**
 * The red lines at the doors of files (NT-B10). A change answers an upload as it answers its own beginning or next step; where a red line is
 * of something else, the nearest file was tried, and what is said is the red line that this file meets.
 */
const into = (part: Part, answer: string): FileAttempt => ({
  put: (s: Scene) => `/upload/${s.changes[part].no}/deploy/app.tgz`,
  answer,
})
const onto = (path: string, answer = 'transfer.no_change · RL-15'): FileAttempt => ({ put: () => path, answer })
const outOf = (path: string): FileAttempt => ({ get: () => path, answer: 'transfer.no_ticket · RL-22' })

export const fileLines: Readonly<Record<string, FileAttempt>> = {
  'RL-01': into('approve', 'change.not_approved · RL-01'),
  'RL-02': into('window', 'change.outside_window · RL-02'),
  'RL-03': into('frozen', 'change.frozen · RL-03'),
  'RL-04': into('plan', 'change.plan_incomplete · RL-04'),
  'RL-05': into('test', 'change.not_tested · RL-05'),
  'RL-06': into('ready', 'change.reviewer_absent · RL-06'),
  'RL-07': into('run', 'transfer.not_in_plan · RL-07'),
  'RL-08': into('soak', 'change.soaking · RL-08'),
  'RL-09': into('run', 'change.paused · RL-09'),
  'RL-10': onto('/emergencies/filing.pdf'),
  'RL-11': into('consent', 'change.no_consent · RL-11'),
  'RL-12': into('recalled', 'change.artifact_unreleased · RL-12'),
  'RL-13': onto('/violations/V-1'),
  'RL-14': onto('/etc/systemd/system/portal.service'),
  'RL-15': onto('/srv/app/app.tgz'),
  'RL-17': onto('/root/.ssh/authorized_keys'),
  'RL-18': outOf('/etc/ssh/ssh_host_ed25519_key'),
  'RL-19': outOf('/etc/passwd'),
  'RL-20': onto('/terminals/han.guan'),
  'RL-21': onto('/upload/\u202egzt.ppa', 'transfer.path_malformed · RL-21'),
  'RL-22': outOf('/srv/app/data.db'),
  'RL-23': into('approve', 'change.not_approved · RL-01'),
  'RL-24': onto('/trainings/newcomer.pdf'),
  'RL-25': onto('/departures/wu.di.pdf'),
  'RL-27': outOf('/roles/AUD'),
  'RL-28': onto('/roles/feng.ban/ENG'),
  'RL-36': onto('/ledger/records.jsonl'),
}

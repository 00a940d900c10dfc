import { type EnrolmentView, enrolmentTrust } from '@huabiao/domains/enrolment/enrolment.contract'
import { consoleCommands, enrolmentFiles } from '@huabiao/domains/enrolment/enrolment-sheet.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { useApi } from '../../api/hooks.ts'
import { enrolmentWords } from './enrolment-words.ts'

/** The same text that `huabiao target enrol` prints. */
export function EnrolmentSheet({ view }: { view: Pick<EnrolmentView, 'name' | 'plane' | 'accounts'> }) {
  const w = useWords(enrolmentWords)
  const trust = useApi(enrolmentTrust)
  if (trust.error && !trust.data) return <ProblemNote error={trust.error} compact />
  // Only who operates the plane sets anything on its targets.
  if (trust.data?.plane !== view.plane) return null
  const { name, plane, accounts } = view
  const { authority, controlPlaneUrl } = trust.data
  return (
    <section className="stack gap-12" aria-label={w.sheet}>
      <h3>{w.sheet}</h3>
      <p className="muted small">{w.sheetText}</p>
      {enrolmentFiles({ name, plane, accounts, authority, controlPlaneUrl }).map((file) => (
        <div key={file.path} className="stack gap-4">
          <span className="row gap-8">
            <code className="strong">{file.path}</code>
            <span className="muted small">{file.mode}</span>
            <CopyButton text={file.text} label={file.path} />
          </span>
          <pre className="json">{file.text.trimEnd()}</pre>
        </div>
      ))}
      <h3>{w.commands}</h3>
      {consoleCommands({ name }).map(({ why, line }) => (
        <div key={why} className="stack gap-2">
          <span className="muted small">{w.commandWhy[why]}</span>
          <span className="row gap-8">
            <code className="wrap">{line}</code>
            <CopyButton text={line} label={w.commandWhy[why]} />
          </span>
        </div>
      ))}
    </section>
  )
}

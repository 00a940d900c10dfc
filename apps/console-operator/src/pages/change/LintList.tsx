import type { LintFinding } from '@huabiao/domains/change/change.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { changeWords } from './change-words.ts'
import { useCodeWords } from './code-words.ts'
import { editorWords } from './editor-words.ts'
import { placeOf } from './lint-place.ts'

/** What lint found, errors first; in the editor a finding leads to its field. */
export function LintList({ findings, onGo }: { findings: readonly LintFinding[]; onGo?: (at: string) => void }) {
  const w = useWords(changeWords)
  const e = useWords(editorWords)
  const said = useCodeWords()
  const errors = findings.filter((finding) => finding.severity === 'error').length
  const sorted = findings.toSorted((a, b) => a.severity.localeCompare(b.severity))
  const words = (finding: LintFinding) => (
    <>
      <Icon name={finding.severity === 'error' ? 'fail' : 'warn'} />
      <span className="visually-hidden">{finding.severity === 'error' ? e.isError : e.isWarning}</span>
      <span className="grow">
        {said.of(finding.code, finding.params)}
        <span className="faint small lint-place">{placeOf(finding.at, { ...e, batchNo: w.batch })}</span>
      </span>
    </>
  )
  return (
    <Card
      title={w.lint}
      flush
      extra={<span className="muted small">{findings.length > 0 ? w.findings(errors, findings.length - errors) : ''}</span>}
    >
      {findings.length === 0 ? (
        <div className="pad">
          <StatusTag tone="good" icon="pass">
            {w.lintClean}
          </StatusTag>
        </div>
      ) : (
        <ul className="lint" aria-live="polite">
          {sorted.map((finding) => (
            <li key={`${finding.code} ${finding.at}`} className={finding.severity}>
              {onGo ? (
                <button type="button" onClick={() => onGo(finding.at)}>
                  {words(finding)}
                </button>
              ) : (
                <div>{words(finding)}</div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

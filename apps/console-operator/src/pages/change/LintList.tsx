import type { LintFinding } from '@huabiao/domains/change/change.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { changeWords } from './change-words.ts'
import { useCodeWords } from './code-words.ts'

export function LintList({ findings }: { findings: readonly LintFinding[] }) {
  const w = useWords(changeWords)
  const said = useCodeWords()
  const errors = findings.filter((finding) => finding.severity === 'error').length
  return (
    <Card
      title={w.lint}
      extra={<span className="muted small">{findings.length > 0 ? w.findings(errors, findings.length - errors) : ''}</span>}
    >
      {findings.length === 0 ? (
        <StatusTag tone="good" icon="pass">
          {w.lintClean}
        </StatusTag>
      ) : (
        <ul className="stack gap-8">
          {findings.map((finding) => (
            <li key={`${finding.code} ${finding.at}`} className="row gap-8 top">
              <StatusTag
                tone={finding.severity === 'error' ? 'bad' : 'wait'}
                icon={finding.severity === 'error' ? 'fail' : 'warn'}
              >
                {finding.at}
              </StatusTag>
              <span className="grow">{said.of(finding.code, finding.params)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

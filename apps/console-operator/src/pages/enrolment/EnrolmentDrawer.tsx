import { checkTarget, type EnrolmentView, getEnrolment, type VerdictView } from '@huabiao/domains/enrolment/enrolment.contract'
import { probePhrases } from '@huabiao/domains/enrolment/enrolment.phrases'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { EnrolmentSheet } from './EnrolmentSheet.tsx'
import { enrolmentTones } from './enrolment-tones.ts'
import { enrolmentWords } from './enrolment-words.ts'
import { AskKeyDialog, KeyRequests } from './KeyRequests.tsx'

export function EnrolmentDrawer({ targetId, onClose }: { targetId: string; onClose: () => void }) {
  const w = useWords(enrolmentWords)
  const can = useCan()
  const [askingKey, setAskingKey] = useState(false)
  const found = useApi(getEnrolment, { params: { targetId } }, { everyMs: 2_000 })
  const view = found.data
  const check = useAct(checkTarget, { onDone: () => toast(w.started) })
  const error = found.error ?? check.error
  return (
    <Drawer
      title={view?.name ?? w.title}
      open
      onClose={onClose}
      width={820}
      footer={
        view ? (
          <>
            <Button disabledReason={can('enrolment:ask-key') ? undefined : w.notAllowed} onClick={() => setAskingKey(true)}>
              {w.askKey}
            </Button>
            <Button
              tone="primary"
              busy={check.isPending || view.state === 'checking'}
              disabledReason={can('enrolment:check') ? undefined : w.notAllowed}
              onClick={() => check.mutate({ params: { targetId } })}
            >
              {w.check}
            </Button>
          </>
        ) : undefined
      }
    >
      <div className="stack gap-20">
        {error ? <ProblemNote error={error} compact /> : null}
        {view ? <Content view={view} /> : null}
      </div>
      {askingKey ? <AskKeyDialog targetId={targetId} onClose={() => setAskingKey(false)} /> : null}
    </Drawer>
  )
}

function Content({ view }: { view: EnrolmentView }) {
  const w = useWords(enrolmentWords)
  const format = useFormat()
  return (
    <>
      <Facts
        columns={2}
        items={[
          {
            label: w.state,
            value: (
              <StatusTag tone={enrolmentTones[view.state]} live={view.state === 'checking'}>
                {w.states[view.state]}
              </StatusTag>
            ),
          },
          { label: w.plane, value: w.planes[view.plane] },
          { label: w.address, value: <code>{`${view.host}:${view.port}`}</code> },
          { label: w.system, value: `${view.systemName} · ${view.unitName}` },
          {
            label: w.checked,
            value: view.checkedAt
              ? `${format.dateTime(view.checkedAt)} · ${format.relative(view.checkedAt)} · ${view.checkedBy} · ${view.gatewayId}`
              : w.never,
          },
          {
            label: w.accounts,
            value: format.list(
              view.accounts.map(({ name, login, privileged }) => `${name}=${login}${privileged ? ` (${w.privileged})` : ''}`),
            ),
          },
          { label: w.pinned, value: <HashChip hash={view.hostKeySha256} label={w.pinned} long /> },
        ]}
      />
      {view.verdicts.length > 0 ? (
        <section className="stack gap-8" aria-label={w.verdicts}>
          <h3>{w.verdicts}</h3>
          <ul className="stack gap-8">
            {view.verdicts.map((verdict) => (
              <Verdict key={`${verdict.probe} ${verdict.account}`} verdict={verdict} />
            ))}
          </ul>
        </section>
      ) : null}
      <KeyRequests view={view} />
      <EnrolmentSheet view={view} />
    </>
  )
}

function Verdict({ verdict }: { verdict: VerdictView }) {
  const w = useWords(enrolmentWords)
  const { language } = useLanguage()
  const said = probePhrases[verdict.probe]
  const zh = language === 'zh-CN'
  const facts = [verdict.account, verdict.differenceMs === null ? null : `${verdict.differenceMs} ms`, verdict.detail || null]
  return (
    <li className="row gap-8 top">
      <StatusTag tone={verdict.passed ? 'good' : 'bad'}>
        <Icon name={verdict.passed ? 'check' : 'stop'} /> {verdict.passed ? w.passed : w.notPassed}
      </StatusTag>
      <div className="stack gap-2 grow">
        <span>
          <span className={verdict.passed ? '' : 'strong'}>{zh ? said.zh : said.en}</span>{' '}
          <span className="muted small">{facts.filter(Boolean).join(' · ')}</span>
        </span>
        {verdict.passed ? null : <span className="small wrap">{zh ? said.nextZh : said.nextEn}</span>}
      </div>
    </li>
  )
}

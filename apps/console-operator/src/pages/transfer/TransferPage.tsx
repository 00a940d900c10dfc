import { getTransfer } from '@huabiao/domains/transfer/transfer.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { Link, useParams } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { toneOfTransfer } from './transfer-tone.ts'
import { transferWords } from './transfer-words.ts'

/** One transfer with everything that its record says of it. */
export function Page() {
  const { transferId = '' } = useParams()
  const w = useWords(transferWords)
  const format = useFormat()
  const { data: transfer, error } = useApi(getTransfer, { params: { transferId } }, { everyMs: 5_000 })
  const crumbs = [{ to: paths.transfers, label: w.title }]
  if (!transfer)
    return (
      <ResourcePage title={w.title} crumbs={crumbs}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  const hash = (value: string | null, label: string) => (value ? <HashChip hash={value} label={label} long /> : '—')
  return (
    <ResourcePage
      title={(transfer.path ?? transfer.asked).split('/').at(-1) || transfer.asked}
      crumbs={crumbs}
      badges={
        <StateBadge tone={toneOfTransfer(transfer.state)} live={transfer.state === 'open'}>
          {w.states[transfer.state]}
        </StateBadge>
      }
      meta={
        <>
          <span>{w.directions[transfer.direction]}</span>
          <span>{transfer.person.name}</span>
          <span>{w.channels[transfer.channel]}</span>
          <span>{format.seconds(transfer.openedAt)}</span>
        </>
      }
    >
      <div className="stack gap-16">
        {transfer.refusal ? <RefusalNote code={transfer.refusal} /> : null}
        <Card title={w.content}>
          <Facts
            columns={2}
            items={[
              { label: w.came, value: format.bytes(transfer.bytes) },
              { label: w.pinnedSize, value: transfer.expectedBytes === null ? '—' : format.bytes(transfer.expectedBytes) },
              { label: w.digest, value: hash(transfer.sha256, w.digest) },
              { label: w.pinned, value: hash(transfer.expectedSha256, w.pinned) },
              { label: w.digest3, value: hash(transfer.sm3, w.digest3) },
              { label: w.keepUntil, value: transfer.keepUntil ? format.dateTime(transfer.keepUntil) : '—' },
            ]}
          />
        </Card>
        <Card title={w.facts}>
          <Facts
            columns={3}
            items={[
              {
                label: w.change,
                value: transfer.changeId ? <Link to={paths.change(transfer.changeId)}>{transfer.changeNo}</Link> : '—',
              },
              { label: w.step, value: transfer.stepKey ?? '—' },
              { label: w.targets, value: format.list(transfer.targetNames) || '—' },
              { label: w.path, value: transfer.path ? <code>{transfer.path}</code> : w.notNamed },
              { label: w.asked, value: <code>{transfer.asked}</code> },
              { label: w.door, value: w.doors[transfer.door] },
              { label: w.gateway, value: transfer.gatewayId ?? '—' },
              { label: w.opened, value: format.seconds(transfer.openedAt) },
              { label: w.ended, value: transfer.endedAt ? format.seconds(transfer.endedAt) : '—' },
            ]}
          />
        </Card>
      </div>
    </ResourcePage>
  )
}

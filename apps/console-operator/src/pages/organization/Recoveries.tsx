import { confirmRecovery, listRecoveries } from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { Button } from '@huabiao/ui/primitives/Button'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { accountWords } from './account-words.ts'
import { OneTimePassword } from './OneTimePassword.tsx'

/** Recoveries of privileged accounts that wait for the second administrator; nothing is shown while there are none. */
export function Recoveries() {
  const w = useWords(accountWords)
  const format = useFormat()
  const [made, setMade] = useState<{ login: string; password: string }>()
  const found = useApi(listRecoveries, {}, { everyMs: 30_000 })
  const confirm = useAct(confirmRecovery)
  const items = found.data?.items ?? []
  if (items.length === 0 && !made) return null
  const act = (id: string, login: string) =>
    confirm.mutate(
      { params: { recoveryId: id } },
      {
        onSuccess: (answer) => (answer.oneTimePassword ? setMade({ login, password: answer.oneTimePassword }) : toast(w.acted)),
      },
    )
  return (
    <Card title={w.recoveries} flush>
      {confirm.error ? <ProblemNote error={confirm.error} compact /> : null}
      <ResourceTable
        label={w.recoveries}
        rows={items}
        rowKey={(row) => row.id}
        rowTone={() => 'wait'}
        columns={[
          { key: 'login', title: w.login, width: 170, render: (row) => <code>{row.login}</code> },
          { key: 'person', title: w.person, width: 110, render: (row) => row.personName },
          { key: 'kind', title: w.state, width: 140, render: (row) => w.recoveryKinds[row.kind] },
          { key: 'reason', title: w.reason, render: (row) => <span className="wrap">{row.reason}</span> },
          { key: 'by', title: w.requestedBy, width: 110, render: (row) => row.requestedByName },
          { key: 'until', title: w.expires, width: 140, render: (row) => format.dateTime(row.expiresAt) },
          {
            key: 'act',
            title: '',
            width: 120,
            end: true,
            render: (row) => (
              <Button size="small" tone="primary" busy={confirm.isPending} onClick={() => act(row.id, row.login)}>
                {w.confirmRecovery}
              </Button>
            ),
          },
        ]}
      />
      {made ? (
        <Dialog
          title={w.recoveries}
          open
          sticky
          onClose={() => setMade(undefined)}
          footer={
            <Button tone="primary" onClick={() => setMade(undefined)}>
              {w.done}
            </Button>
          }
        >
          <OneTimePassword login={made.login} password={made.password} />
        </Dialog>
      ) : null}
    </Card>
  )
}

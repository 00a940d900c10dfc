import './access.css'
import { listRoles } from '@huabiao/domains/access/access.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'

/** The seventeen roles: who may hold them, what they allow, and what they exclude. */
export function Page() {
  const w = useWords(accessWords)
  const format = useFormat()
  const { language } = useLanguage()
  const nameOf = useRoleName()
  const { roles: mine } = useMe()
  const found = useApi(listRoles)
  const [openCode, open] = useParam('role')
  const excluded = (code: string, kind: 'static' | 'dynamic') =>
    (found.data?.exclusions ?? [])
      .filter((pair) => pair.kind === kind && (pair.a === code || pair.b === code))
      .map((pair) => (pair.a === code ? pair.b : pair.a))
  const opened = found.data?.roles.find((role) => role.code === openCode)
  const chips = (codes: readonly string[]) => (
    <span className="row gap-4 wrap-row">
      {codes.length === 0 ? <span className="faint">{w.none}</span> : null}
      {codes.map((code) => (
        <span key={code} className="code-chip" title={nameOf(code)}>
          {code}
        </span>
      ))}
    </span>
  )
  return (
    <ResourcePage title={w.title} meta={w.roleMeta} tabs={<AccessTabs />}>
      <Card flush label={w.tabs.roles}>
        <ResourceTable
          label={w.tabs.roles}
          rows={found.data?.roles}
          error={found.error}
          rowKey={(row) => row.code}
          onRow={(row) => open(row.code)}
          selectedKey={openCode}
          columns={[
            { key: 'code', title: w.code, width: 70, render: (row) => <code className="strong">{row.code}</code> },
            {
              key: 'name',
              title: w.role,
              width: 280,
              render: (row) => (
                <span className="row gap-8">
                  {language === 'en' ? row.en : row.zh}
                  {mine.includes(row.code) ? <StatusTag tone="info">{w.mine}</StatusTag> : null}
                </span>
              ),
            },
            {
              key: 'parties',
              title: w.parties,
              width: 190,
              render: (row) => format.list(row.parties.map((party) => w.partyNames[party] ?? party)),
            },
            { key: 'actions', title: w.actionsTitle, width: 120, render: (row) => w.actions(row.actions.length) },
            { key: 'static', title: w.excludes, render: (row) => chips(excluded(row.code, 'static')) },
          ]}
        />
      </Card>
      {opened ? (
        <Drawer title={`${nameOf(opened.code)} ${opened.code}`} open onClose={() => open('')}>
          <div className="stack gap-24">
            <section className="stack gap-8">
              <h2>{w.actionsTitle}</h2>
              <ul className="action-list">
                {[...opened.actions].sort().map((action) => (
                  <li key={action}>
                    <code>{action}</code>
                  </li>
                ))}
              </ul>
            </section>
            <section className="stack gap-8">
              <h2>{w.excludes}</h2>
              {chips(excluded(opened.code, 'static'))}
            </section>
            <section className="stack gap-8">
              <h2>{w.dynamic}</h2>
              {chips(excluded(opened.code, 'dynamic'))}
            </section>
          </div>
        </Drawer>
      ) : null}
    </ResourcePage>
  )
}

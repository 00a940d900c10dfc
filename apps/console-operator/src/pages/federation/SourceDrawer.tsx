import { disableSource, enableSource, type SourceView, syncSource } from '@huabiao/domains/federation/federation.contract'
import { secretOf } from '@huabiao/domains/federation/federation-settings.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { federationWords } from './federation-words.ts'
import { SourceForm } from './SourceForm.tsx'
import { Subjects } from './Subjects.tsx'

export interface SourceDrawerProps {
  source: SourceView
  redirectUri: string
  scimUrl: string
  onClose: () => void
}
export function SourceDrawer({ source, redirectUri, scimUrl, onClose }: SourceDrawerProps) {
  const w = useWords(federationWords)
  const can = useCan()
  const [asking, setAsking] = useState<'enable' | 'disable' | 'edit'>()
  const done = {
    onDone: () => {
      toast(w.done)
      setAsking(undefined)
    },
  }
  const enable = useAct(enableSource, done)
  const disable = useAct(disableSource, done)
  const sync = useAct(syncSource, { onDone: ({ people, proposals }) => toast(w.syncDone(people, proposals)) })
  const params = { sourceId: source.id }
  const notAllowed = can('source:manage') ? undefined : w.notAllowed
  const isOn = source.status === 'enabled'
  const switching = asking === 'enable' ? enable : disable
  return (
    <Drawer
      title={source.name}
      open
      onClose={onClose}
      width={860}
      footer={
        <>
          <Button icon="edit" disabledReason={notAllowed ?? (isOn ? w.mustDisable : undefined)} onClick={() => setAsking('edit')}>
            {w.edit}
          </Button>
          {source.kind === 'ldap' ? (
            <Button
              icon="reload"
              busy={sync.isPending}
              disabledReason={notAllowed ?? (isOn ? undefined : w.mustEnable)}
              onClick={() => sync.mutate({ params })}
            >
              {w.sync}
            </Button>
          ) : null}
          <Button
            tone={isOn ? 'danger' : 'primary'}
            disabledReason={notAllowed}
            onClick={() => setAsking(isOn ? 'disable' : 'enable')}
          >
            {isOn ? w.disable : w.enable}
          </Button>
        </>
      }
    >
      <div className="stack gap-20">
        {sync.error ? <ProblemNote error={sync.error} compact /> : null}
        <SourceFacts source={source} redirectUri={redirectUri} scimUrl={scimUrl} />
        <Subjects source={source} />
      </div>
      {asking === 'edit' ? <SourceForm source={source} onClose={() => setAsking(undefined)} /> : null}
      {asking === 'enable' || asking === 'disable' ? (
        <ReasonDialog
          title={`${asking === 'enable' ? w.enable : w.disable} · ${source.name}`}
          words={{ reason: w.reason, hint: w.reasonHint, act: asking === 'enable' ? w.enable : w.disable, cancel: w.cancel }}
          tone={asking === 'enable' ? 'primary' : 'danger-solid'}
          busy={switching.isPending}
          error={switching.error}
          onConfirm={(reason) => switching.mutate({ params, body: { reason } })}
          onClose={() => setAsking(undefined)}
        />
      ) : null}
    </Drawer>
  )
}

function SourceFacts({ source, redirectUri, scimUrl }: Omit<SourceDrawerProps, 'onClose'>) {
  const w = useWords(federationWords)
  const me = useMe()
  const { settings } = source
  const secretName = secretOf(settings)
  const copied = (label: string, text: string) => ({
    label,
    value: (
      <span className="row gap-4">
        <code className="wrap">{text}</code>
        <CopyButton text={text} label={label} />
      </span>
    ),
  })
  const plain = (label: string, text: string) => ({ label, value: <code className="wrap">{text}</code> })
  return (
    <Facts
      items={[
        { label: w.kind, value: w.kinds[source.kind] },
        {
          label: w.state,
          value: (
            <span className="row gap-8">
              <StatusTag tone={source.status === 'enabled' ? 'good' : 'neutral'}>{w.statuses[source.status]}</StatusTag>
              {source.syncCode ? <RefusalHint code={source.syncCode} /> : null}
            </span>
          ),
        },
        ...(settings.kind === 'oidc'
          ? [plain(w.issuer, settings.issuer), plain(w.clientId, settings.clientId), copied(w.redirect, redirectUri)]
          : []),
        ...(settings.kind === 'ldap'
          ? [
              plain(w.place, `${w.tlsKinds[settings.tls]} ${settings.host}:${settings.port}`),
              plain(w.baseDn, settings.baseDn),
              plain(w.idAttribute, settings.idAttribute),
            ]
          : []),
        ...(settings.kind === 'scim' ? [copied(w.scimUrl, scimUrl)] : []),
        ...(secretName
          ? [
              {
                label: w.secret,
                value: (
                  <span className="stack gap-4">
                    <span>
                      <StatusTag tone={source.secretPresent ? 'good' : 'bad'}>
                        {source.secretPresent ? w.secretHere : w.secretMissing}
                      </StatusTag>
                    </span>
                    <span className="muted small">{w.secretPath(me.tenant.id, secretName)}</span>
                  </span>
                ),
              },
            ]
          : []),
      ]}
    />
  )
}

import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Menu } from '@huabiao/ui/primitives/Overlay'
import { useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { terminalCommand } from '../session/initial-command.ts'
import { emergencyWords } from './emergency-words.ts'

/** A terminal on one of the named targets, under one of the named accounts; nothing else is offered, and nothing while the second person is away. */
export function TerminalButtons({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const navigate = useNavigate()
  const items = of.targets.flatMap((target) =>
    target.accounts.map(({ name: account }) => ({
      key: `${target.name}/${account}`,
      label: `${account}@${target.name}`,
      onSelect: () => {
        const command = terminalCommand({ no: of.no, targetName: target.name, account })
        void navigate(`${paths.terminal}?run=${encodeURIComponent(command)}`)
      },
    })),
  )
  if (!of.presence.second)
    return (
      <Button tone="primary" icon="terminal" disabledReason={<RefusalHint code="emergency.second_absent" />}>
        {w.openTerminal}
      </Button>
    )
  return (
    <Menu items={items}>
      <Button tone="primary" icon="terminal">
        {w.openTerminal}
      </Button>
    </Menu>
  )
}

import { expect, test } from 'vitest'
import { initialCommand, terminalCommand } from './initial-command.ts'

test('a link opens something and does nothing else', () => {
  const command = terminalCommand({ no: 'EC-20261130-0001', targetName: 'portal-web-01', account: 'hb-app' })
  expect(initialCommand(command)).toBe('terminal EC-20261130-0001 portal-web-01 hb-app')
  for (const wanted of [null, '', 'help', 'pause x', 'begin CHG-1', 'terminal a b c d', 'run a;b', 'open a\rrun b', 'open $(x)'])
    expect(initialCommand(wanted), String(wanted)).toBeUndefined()
})

import { afterEach, expect, test, vi } from 'vitest'
import { withParams } from './use-param.ts'

afterEach(() => vi.unstubAllGlobals())
test('a filter that is set late keeps what was opened meanwhile', () => {
  const location = { search: '?status=active' }
  vi.stubGlobal('window', { location })
  const late = () => withParams({ text: 'chu', status: '' }).toString()
  location.search = '?status=active&account=7'
  expect(late()).toBe('account=7&text=chu')
})

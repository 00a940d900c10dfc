import { expect, test } from 'vitest'
import { storeWatch } from './evidence-watch.service.ts'

test('before the store was asked nobody may rely on it', async () => {
  const watch = storeWatch({ fault: async () => undefined })
  expect(watch.fault()).toMatchObject({ kind: 'unreachable' })
  expect(await watch.look()).toBeUndefined()
  expect(watch.fault()).toBeUndefined()
})

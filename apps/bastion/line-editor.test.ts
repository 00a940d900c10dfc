import { expect, test } from 'vitest'
import { columnsOf, LineEditor } from './line-editor.ts'

const typed = async (...keys: string[]): Promise<string | undefined> => {
  const editor = new LineEditor(() => undefined)
  const line = editor.read('> ')
  for (const key of keys) editor.input(Buffer.from(key))
  return line
}

test('what is answered is what stands on the screen after editing', async () => {
  expect(await typed('abc\x7fd\r')).toBe('abd')
  expect(await typed('run now\x17step\r')).toBe('run step')
  expect(await typed('xyz\x01a\x05b\r')).toBe('axyzb')
  expect(await typed('abc\x1b[D\x1b[DX\r')).toBe('aXbc')
  expect(await typed('gone\x15kept\r')).toBe('kept')
})
test('control and format characters are no text (NT-A06)', async () => {
  expect(await typed('a\u202eb\u0007c\x1b[31md\r')).toBe('abcd')
})
test('a character cut between two packets is put together', async () => {
  const editor = new LineEditor(() => undefined)
  const line = editor.read('> ')
  const bytes = Buffer.from('政务\r')
  editor.input(bytes.subarray(0, 4))
  editor.input(bytes.subarray(4))
  expect(await line).toBe('政务')
})
test('history recalls what was run, and no confirmation', async () => {
  const editor = new LineEditor(() => undefined)
  const next = (keys: string, keep = true) => {
    const line = editor.read('> ', keep)
    editor.input(Buffer.from(keys))
    return line
  }
  await next('status\r')
  await next('restart\r', false)
  expect(await next('\x1b[A\r')).toBe('status')
})
test('a line has at most a thousand characters, and the end of input ends it', async () => {
  expect((await typed(`${'a'.repeat(1_200)}\r`))?.length).toBe(1_000)
  expect(await typed('\x04')).toBeUndefined()
})
test('Chinese takes two columns, a combining mark none', () => {
  expect(columnsOf('政务a')).toBe(5)
  expect(columnsOf('e\u0301')).toBe(1)
})

import { expect, test } from 'vitest'

type Words = Readonly<Record<string, unknown>>
const files = import.meta.glob<Record<string, unknown>>(
  ['../**/*-words.ts', '../../../../ui/**/*-phrases.tsx', '../../../../ui/patterns/red-lines.tsx'],
  {
    eager: true,
  },
)
const dictionaries = Object.entries(files).flatMap(([file, exports]) =>
  Object.entries(exports).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && 'zh-CN' in value && 'en' in value
      ? [{ name: `${file.split('/').at(-1)} ${name}`, zh: value['zh-CN'] as Words, en: value.en as Words }]
      : [],
  ),
)
const isTree = (value: unknown): value is Words => typeof value === 'object' && value !== null

/** Every leaf with its path; a sentence with gaps is filled to be read. */
function* leaves(words: unknown, path = ''): Generator<[string, unknown]> {
  if (isTree(words)) for (const [key, value] of Object.entries(words)) yield* leaves(value, `${path}.${key}`)
  else yield [path, typeof words === 'function' ? (words as (...gaps: string[]) => unknown)('A', 'B', 'C') : words]
}

test('there are dictionaries to check', () => {
  expect(dictionaries.length).toBeGreaterThan(10)
})

test.each(dictionaries)('$name has every word in both languages', ({ zh, en }) => {
  expect([...leaves(en)].map(([path]) => path)).toEqual([...leaves(zh)].map(([path]) => path))
  for (const [path, word] of [...leaves(zh), ...leaves(en)]) {
    expect(typeof word, path).toBe('string')
    expect((word as string).trim(), path).not.toBe('')
  }
})

/** The switch names the other language in that language. */
const otherLanguage = new Set(['.language', '.languageLabel', '.switch', '.switchLabel'])
test.each(dictionaries)('$name has no Chinese left in its English', ({ en }) => {
  const left = [...leaves(en)].filter(([path, word]) => !otherLanguage.has(path) && /\p{Script=Han}/u.test(String(word)))
  expect(left).toEqual([])
})

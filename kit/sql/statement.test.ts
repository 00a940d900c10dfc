import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifySql } from './statement.ts'

const classes = (text: string): string[] => classifySql(text).map((found) => found.class)
const isRead = (text: string): boolean => classes(text).every((one) => one === 'read')

describe('NT-B12 what only reads', () => {
  test.each([
    "SELECT count(*) FROM orders WHERE created_at > now() - interval '1 day'",
    'select 1; select 2',
    'WITH recent AS (SELECT * FROM orders LIMIT 5) SELECT max(id) FROM recent',
    'SHOW server_version',
    'EXPLAIN SELECT 1',
    'VALUES (1), (2)',
    'select `id` from `t` where `name` = "x"',
    "select 'delete from t; drop table t' as text -- update later\n",
    '/* delete from t */ select 1',
    'BEGIN; SELECT 1; COMMIT',
    '\\dt',
    'select a::text from t where b in (1, 2) and (c = 2)',
    'select 1 -- windows\r\n',
    '\n\\dt+ public.* \n',
    'select sum(a) over (partition by (b)), count(*) filter (where a > 1) from t join (select 1) u on true group by (b)',
    'explain (analyze) select * from t where a = any (select 1)',
    'with a as materialized (select 1) select lower (b) from a',
  ])('%s', (text) => expect(isRead(text), JSON.stringify(classifySql(text))).toBe(true))
  test('nothing is no statement', () => expect(classifySql(' ;; -- only words\n')).toEqual([]))
})

describe('NT-B12 what does not, however it is hidden', () => {
  test.each([
    ['write', 'DELETE', 'DELETE FROM users'],
    ['write', 'UPDATE', 'update users set admin = true'],
    ['write', 'INSERT', 'InSeRt into t values (1)'],
    ['write', 'TRUNCATE', 'TRUNCATE t'],
    ['definition', 'DROP', 'drop table t'],
    ['write', 'DELETE', 'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone'],
    ['write', 'DELETE', 'EXPLAIN ANALYZE DELETE FROM t'],
    ['write', 'DELETE', 'DE/**/LETE FROM t'.replace('/**/', '')],
    ['write', 'DELETE', '/* harmless */DELETE/* really */FROM t'],
    ['write', 'DELETE', '-- harmless\nDELETE FROM t'],
    ['write', 'DELETE', 'PREPARE p AS DELETE FROM t'],
    ['call', 'PREPARE', "PREPARE p FROM 'DELETE FROM t'"],
    ['call', 'EXECUTE', 'EXECUTE p'],
    ['call', 'CALL', 'CALL clean_up()'],
    ['call', 'CLEAN_UP', 'SELECT clean_up()'],
    ['call', '"clean_up"', 'SELECT "clean_up"()'],
    ['call', 'PG_TERMINATE_BACKEND', 'select pg_terminate_backend(pid) from pg_stat_activity'],
    ['call', 'LOWER', 'select evil.lower(1)'],
    ['call', 'LOWER', 'select "evil" . lower (1)'],
    ['call', '"lower"', 'select evil."lower"(1)'],
    ['call', 'DATEDIFF', 'select datediff(1)'],
    ['call', 'IFNULL', 'select ifnull(1, 2)'],
    ['call', 'DATE_TRUNC', 'select date_trunc(1)'],
    ['call', 'PG_SIZE_PRETTY', 'select pg_size_pretty(1)'],
    ['call', 'OVER', 'select over(1)'],
    ['call', 'JOIN', 'select join(1)'],
    ['call', 'PG_READ_FILE', "select pg_read_file('/etc/passwd')"],
    ['export', 'INTO', 'SELECT * INTO copy_of FROM t'],
    ['export', 'INTO', "SELECT * FROM t INTO OUTFILE '/tmp/x'"],
    ['export', 'COPY', "COPY t TO '/tmp/x'"],
    ['write', 'UPDATE', 'SELECT * FROM t FOR UPDATE'],
    ['definition', 'SET', 'SET ROLE admin'],
    ['definition', 'GRANT', 'grant all on t to public'],
    ['write', 'REPLACE', 'REPLACE INTO t VALUES (1)'],
    ['write', 'LOAD', "LOAD DATA INFILE '/x' INTO TABLE t"],
    ['write', 'MERGE', 'MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING'],
    ['write', 'DELETE', 'BEGIN; DELETE FROM t; COMMIT'],
    ['write', 'DELETE', "select 'it''s'; delete from t"],
    ['write', 'DELETE', "select '\\d' ; delete from t"],
  ])('%s %s: %s', (cls, verb, text) => {
    expect(classifySql(text).filter((found) => found.class !== 'read')).toEqual([{ class: cls, verb }])
  })
})

describe('NT-B12 what cannot be read is held, and never passed', () => {
  test.each([
    "select '\\' ; delete from t -- '",
    'select 1; -- x\rdelete from t',
    'select 1 --\rdelete from t',
    '\\dt\nCLUSTER',
    '\\d\rCLUSTER',
    'select 1 /*M! ; delete from t */',
    'select 1 /*+ SET_VAR(x=1) */',
    "select E'\\'; delete from t; --'",
    'select 1 /*! ; delete from t */',
    'select 1 /* /* */ ; delete from t */ ',
    'select 1 --1; \n',
    'select 1 # 2\n; delete from t',
    'DO $$ begin delete from t; end $$',
    'select $tag$ ; delete from t; $tag$',
    "select 'never closed",
    'select "never closed',
    'select /* never closed',
    "select :'variable'",
    '\\! rm -rf /',
    '\\copy t to x',
    'select 1 \\gexec',
    'sel\u200bect 1',
    'select 1 \u202e t morf eteled',
    'explode all the things',
    'db.users.deleteMany({})',
    '𝐃𝐄𝐋𝐄𝐓𝐄 from t',
  ])('%s', (text) => expect(classes(text)).toContain('unreadable'))
  test('longer than it reads', () => expect(classes('select 1;'.repeat(30_000))).toEqual(['unreadable']))

  test('no text with a changing word outside strings and comments is ever read', () => {
    const verbs = fc.constantFrom('delete from t', 'UPDATE t SET a=1', 'drop table t', 'insert into t values (1)', 'truncate t')
    const before = fc.constantFrom(
      '',
      'select 1;',
      '/* x */',
      '-- x\n',
      "select 'a';",
      'with a as (',
      '(',
      'explain ',
      "select '\\",
      'select "',
      '`',
      '$$',
      ';;',
    )
    const after = fc.constantFrom('', ';', ')', ' returning *) select 1', '-- x', '/*', "'", '"', '`', '$$')
    fc.assert(fc.property(before, verbs, after, (a, verb, b) => !isRead(a + verb + b) || /^select ["']|^`/.test(a)))
  })
  test('whatever it is given, it answers, and soon', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => Array.isArray(classifySql(text))))
    expect(classes(`select ${'('.repeat(50_000)}`)).toEqual(['read'])
    expect(classes(`select '${"\\\\'".repeat(20_000)}`)).toContain('unreadable')
  })
})

import { describe, expect, test } from 'vitest'
import { sqlOfStep } from './change-sql.model.ts'

const verbs = (text: string): string[] => sqlOfStep(text).statements.map((found) => `${found.class} ${found.verb}`)

describe('NT-B12 the SQL of a step', () => {
  test.each([
    ['psql -c "DELETE FROM users"', ['write DELETE']],
    ["psql -h db -U app -Atc 'select 1; drop table t' portal", ['read SELECT', 'definition DROP']],
    ["psql --command='update t set a=1'", ['write UPDATE']],
    ["psql --command 'truncate t'", ['write TRUNCATE']],
    ["mysql -uapp -e 'delete from t' portal", ['write DELETE']],
    ['mysql -Ne"select 1"', ['read SELECT']],
    ['PGPASSFILE=/etc/p timeout 10 /usr/bin/psql -c "insert into t values (1)"', ['write INSERT']],
    ["cd /tmp && psql -c 'select 1' || psql -c 'call f()'", ['read SELECT', 'call CALL']],
    ["psql <<'SQL'\nwith d as (delete from t returning *) select * from d;\nSQL\necho done", ['write DELETE']],
    ['psql \\\n  -c "delete from t"', ['write DELETE']],
    ["disql <<'X'\ndrop table t;\nX", ['definition DROP']],
    ["psql --no-psqlrc --set=ON_ERROR_STOP=1 -h dbc -c 'select 1' 2>/dev/null", ['read SELECT']],
    ["mysql --host=db -hserver -pse -e 'drop table t' mysql > out", ['definition DROP']],
    ["disql u/p@db <<'X' > out 2>&1\nselect 1;\nX", ['read SELECT']],
    ["if psql -c 'select 1'; then psql -c 'drop table t'; fi", ['read SELECT', 'definition DROP']],
  ])('%s', (text, wanted) => {
    expect(sqlOfStep(text)).toMatchObject({ unseen: false })
    expect(verbs(text)).toEqual(wanted)
  })
  test.each([
    'psql -c "$SQL"',
    'psql -c "delete from $T"',
    'psql -c `cat x`',
    'echo "delete from t" | psql',
    'psql',
    'psql -f "$1"',
    'psql <<SQL\ndelete from $t;\nSQL',
    "psql -c 'never closed",
    'psql <<X\nno end',
    'mysql portal < $f',
    'psql <<<"delete from t"',
    'cat ids | xargs -n1 psql',
    "nice -n 10 psql -c 'drop table t'",
    "timeout -k 5 10 psql -c 'drop table t'",
    "docker exec db psql -c 'drop table t'",
    "sudo -u postgres /usr/bin/psql -c 'drop table t'",
    `bash -c 'psql -c "drop table t"'`,
    `bash -c "ps''ql -c drop"`,
    `echo "$(psql -c 'drop table t')"`,
    'X="$(psql -c x)"',
    'X=`psql -c x`',
    `psql -d "$(psql -c 'drop table t')" -c 'select 1'`,
    "psql -c 'select 1' mysql",
    'echo psql | sh',
    'echo psql > run.sh',
    "ls 'psql -c x'",
    "bash <<'X'\npsql -c 'drop table t'\nX",
    "xargs psql -c 'select 1'",
    "env -S 'psql -c x'",
    "psql --comman='drop table t' -c 'select 1'",
    "mysql --init-command='drop table t' -e 'select 1'",
    "mysql --pager=sh -e 'select 1'",
    "clickhouse-client --query 'drop table t' < a.sql",
    "psql -o '|sh' -c 'select 1'",
    "psql -hdbc 'select 1'",
    "sqlplus u/p @evil <<'X'\nselect 1 from dual;\nX",
    "$(echo psql) -c 'drop table t'",
    "$(command -v psql) -c 'drop table t'",
    "PSQLRC=/tmp/x psql -c 'select 1'",
    "env PATH=/tmp psql -c 'select 1'",
    "sqlite3 a.db 'drop table t' <<'X'\nselect 1;\nX",
  ])('nobody sees what it runs: %s', (text) => expect(sqlOfStep(text).unseen).toBe(true))
  test.each([
    'systemctl status mysql',
    'echo psql',
    'appctl deploy 2.4.0',
    'ls /usr/bin/psql',
    'psql --version',
    '# psql -c x',
    'command -v psql',
    'chown mysql:mysql /srv/data && cd /var/lib/mysql',
    'pgrep -x mysql > /dev/null',
  ])('no statement: %s', (text) => {
    const { statements, files, unseen } = sqlOfStep(text)
    expect([statements.length, files.length]).toEqual([0, 0])
    expect(unseen).toBe(false)
  })
  test.each([
    'select 1 from dual\n/\nhost rm -rf /',
    'select 1 from dual\n\nhost rm -rf /',
    'select 1 from t\ngo\n.shell rm -rf /',
  ])('a line that its client takes for a command of its own is no part of a statement: %j', (body) => {
    const isUnreadable = ({ class: found }: { class: string }) => found === 'unreadable'
    expect(sqlOfStep(`disql u/p@db <<'X'\n${body}\nX`).statements.some(isUnreadable)).toBe(true)
    expect(sqlOfStep('sqlite3 a.db < b.sql').files[0]!.classify(body).some(isUnreadable)).toBe(true)
  })
  test('files are named', () => {
    const { files } = sqlOfStep('psql -f /srv/a.sql; psql --file=/srv/b.sql; mysql < /srv/c.sql')
    expect(files.map(({ path }) => path)).toEqual(['/srv/a.sql', '/srv/b.sql', '/srv/c.sql'])
  })
})

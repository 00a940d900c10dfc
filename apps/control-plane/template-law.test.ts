import { changeStates } from '@huabiao/domains/change/change.model'
import { expand, type Parameters, parameterFault } from '@huabiao/domains/template/template.model'
import { hasBegun } from '@huabiao/domains/template/template-standing.model'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Models, startModels } from './testing/template-models.ts'

/** The law of standard changes, as database and signer keep it against whoever writes rows (RL-01, RL-07). */
let m: Models
beforeAll(async () => {
  m = await startModels()
}, 60_000)
afterAll(() => m.close())

describe('the word of a model', () => {
  test('the database makes the same plan as the services, and takes no other', async () => {
    const whole = m.body({
      parameters: [
        { kind: 'name', key: 'version', title: '版本', form: 'version', maxLength: 20 },
        { kind: 'integer', key: 'workers', title: '进程', min: 1, max: 64 },
        { kind: 'enum', key: 'service', title: '服务', values: ['portal', 'a.b', 'x_y-z'] },
        { kind: 'name', key: 'label', title: '标签', form: 'name', maxLength: 30 },
        { kind: 'name', key: 'group', title: '组', form: 'word', maxLength: 30 },
      ],
    })
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/))
    const given = fc.record(
      {
        version: fc.oneof(text, fc.constant('2.4.0'), fc.constant('1.2-rc1')),
        workers: fc.oneof(text, fc.integer({ min: -2, max: 70 }).map(String)),
        service: fc.oneof(text, fc.constantFrom('portal', 'a.b')),
        label: text,
        group: fc.oneof(text, fc.constant('blue-1')),
      },
      { requiredKeys: ['version', 'workers', 'service'] },
    )
    const targets = fc.subarray(
      [...Array(6).keys()].map((i) => `018f0000-0000-7000-8000-00000000000${i}`),
      { minLength: 1 },
    )
    const good = fc.record({
      version: fc.constantFrom('2.4.0', '1', '1.2-rc1'),
      workers: fc.integer({ min: 1, max: 64 }).map(String),
      service: fc.constantFrom('portal', 'a.b', 'x_y-z'),
      label: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/),
      group: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(given, good), targets, fc.integer({ min: 1, max: 3 }), async (parameters, ids, batchSize) => {
        const of = { ...whole, grey: { batchSize, soakSeconds: 5 } }
        const wanted =
          parameterFault(of.parameters as never, parameters as Parameters) === undefined
            ? expand(of as never, parameters as Parameters, ids)
            : null
        const clean = !JSON.stringify(parameters).includes('\\u0000')
        if (!clean) return
        const { rows } = await m.owner.query('select template_expansion($1, $2, $3) as plan', [
          JSON.stringify(of),
          JSON.stringify(parameters),
          ids,
        ])
        expect(rows[0].plan).toEqual(wanted === null ? null : JSON.parse(JSON.stringify(wanted)))
      }),
      { numRuns: 300 },
    )
  })

  test('no plan that differs from the expansion in any place, and none of a model out of standing, is ever stood in for', async () => {
    const model = await m.published()
    const id = await m.used(model.id)
    await m.planned(id)
    expect(await m.standsIn(id)).toBe(true)
    const whole = (await m.owner.query('select plan from change_request where id = $1', [id])).rows[0].plan
    const paths: (string | number)[][] = []
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (typeof value === 'object' && value !== null)
        for (const [key, one] of Object.entries(value)) walk(one, [...path, Array.isArray(value) ? +key : key])
      else paths.push(path)
    }
    walk(whole, [])
    await m.owner.query('alter table change_request disable trigger user')
    await m.owner.query('alter table template_version disable trigger user')
    await m.owner.query('alter table change_step disable trigger user')
    const probe = async (sets: string, values: unknown[] = []): Promise<boolean> => {
      await m.owner.query('begin')
      try {
        await m.owner.query(sets, values)
        return await m.standsIn(id)
      } catch {
        // What cannot even be read stands for nothing.
        return false
      } finally {
        await m.owner.query('rollback')
      }
    }
    try {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), async (path) => {
          const edited = structuredClone(whole)
          const last = path.at(-1)!
          const place = path.slice(0, -1).reduce((value, key) => value[key], edited)
          place[last] =
            typeof place[last] === 'number'
              ? place[last] + 1
              : typeof place[last] === 'boolean'
                ? !place[last]
                : `${place[last]} `
          expect(
            await probe('update change_request set plan = $2 where id = $1', [id, JSON.stringify(edited)]),
            path.join('.'),
          ).toBe(false)
          expect(
            await probe(`update change_request set plan = $2, state = 'gray_running' where id = $1`, [
              id,
              JSON.stringify(edited),
            ]),
            `running: ${path.join('.')}`,
          ).toBe(false)
        }),
        { numRuns: 60 },
      )
      // What the signer reads is the frozen steps, not the plan.
      expect(
        await probe(
          `update change_step set action = jsonb_set(action, '{line}', '"appctl deploy 9"') where change_id = $1 and step_key = 'deploy' and phase = 'execute'`,
          [id],
        ),
      ).toBe(false)
      expect(await probe(`update change_step set account = 'root' where change_id = $1 and step_key = 'look'`, [id])).toBe(false)
      expect(await probe(`delete from change_step where change_id = $1 and phase = 'rollback'`, [id])).toBe(false)
      expect(await probe(`update change_step_target set batch = 2 where change_id = $1`, [id])).toBe(false)
      for (const set of [`state = 'retired'`, `reviewed_at = now() - interval '181 days'`]) {
        expect(
          await probe(`update template_version set ${set} where model_id = $2 and $1::uuid is not null`, [id, model.id]),
          set,
        ).toBe(false)
      }
      expect(
        await probe(
          `update template_version set reviewed_at = now() - interval '179 days' where model_id = $2 and $1::uuid is not null`,
          [id, model.id],
        ),
      ).toBe(true)
      // Out of standing, a change that runs is carried through, and no other; the services say the same of every state.
      for (const state of [...changeStates, 'of-tomorrow'])
        expect(
          await probe(
            `with retired as (update template_version set state = 'retired' where model_id = $3 returning id)
             update change_request set state = $2 where id = $1`,
            [id, state, model.id],
          ),
          state,
        ).toBe(hasBegun(state))
      for (const set of [`risk = 'R2'`, `urgency = 'U3'`, `window_end = window_start + interval '121 minutes'`])
        expect(await probe(`update change_request set ${set} where id = $1`, [id]), set).toBe(false)
    } finally {
      await m.owner.query('alter table change_request enable trigger user')
      await m.owner.query('alter table template_version enable trigger user')
      await m.owner.query('alter table change_step enable trigger user')
    }
    expect(
      await m.asApp(m.people.executorId, () =>
        m.app.query(`update change_request set urgency = 'U4', version = version + 1 where id = $1 and urgency = 'U3'`, [id]),
      ),
    ).toBe('done')
    await m.withdraw(id)
  })
})

import { phasePhrases, runStatePhrases, statePhrases } from '@huabiao/domains/change/change-state.phrases'
import type { PdfBlock } from '@huabiao/kit/pdf/pdf-document'
import type { Facts } from './dossier-facts.model.ts'
import {
  actionLines,
  actOf,
  actorOf,
  expectLine,
  h1,
  h2,
  nameIn,
  none,
  table,
  verdicts,
  type Who,
  when,
} from './dossier-words.model.ts'

function overview({ change }: Facts, who: Who): PdfBlock[] {
  return [
    h1('概况'),
    {
      kind: 'facts',
      rows: [
        ['原因', change.reason],
        ['紧急程度 / 风险', `${change.urgency} / ${change.risk}`],
        ['须报备类别', change.categories.length > 0 ? change.categories.join('、') : '无'],
        ['申请人', who(change.requester)],
        ['变更经理', who(change.manager)],
        ['实施人 / 复核人', `${who(change.executor)} / ${who(change.reviewer)}`],
        ['变更窗口', change.windowStart ? `${when(change.windowStart)} 至 ${when(change.windowEnd)}` : '—'],
      ],
    },
  ]
}

function planOf({ plan, targets, versions }: Facts, who: Who): PdfBlock[] {
  return [
    h1('方案'),
    {
      kind: 'facts',
      rows: [
        ['影响分析', plan.impact || '—'],
        ['应急预案', plan.emergencyPlan || '—'],
        ['自动回退', plan.autoRollback ? '是' : '否'],
      ],
    },
    h2('步骤'),
    ...(plan.steps.length === 0 ? [none('尚未编制')] : []),
    ...plan.steps.flatMap((step, i): PdfBlock[] => [
      {
        kind: 'text',
        text: `${i + 1}. ${nameIn(phasePhrases, step.phase)} ${step.title}（${step.key}，账号 ${step.account}，危险度 ${step.danger}）`,
      },
      { kind: 'code', text: actionLines(step.action) },
      { kind: 'text', small: true, text: `期望：${expectLine(step.expect)}` },
      ...(step.rollback
        ? [
            {
              kind: 'text' as const,
              small: true,
              text: `回退：${step.rollback.kind === 'action' ? actionLines(step.rollback.action) : `不可回退，${step.rollback.reason}`}`,
            },
          ]
        : []),
    ]),
    ...(plan.health
      ? [
          h2('健康判据'),
          { kind: 'code' as const, text: actionLines(plan.health.action) },
          { kind: 'text' as const, small: true, text: `期望：${expectLine(plan.health.expect)}` },
        ]
      : []),
    h2('目标与灰度批次'),
    table(
      [
        ['批次', 8],
        ['目标', 20],
        ['地址', 22],
        ['主机密钥（SHA-256）', 50],
      ],
      targets.map((t) => [String(t.batch), t.name, `${t.host}:${t.port}`, t.hostKeySha256]),
    ),
    h2('方案版本'),
    table(
      [
        ['版本', 8],
        ['编制人', 12],
        ['时间', 22],
        ['方案摘要（SM3）', 58],
      ],
      versions.map((v) => [String(v.version), who(v.author), when(v.at), v.hash ?? '—']),
    ),
  ]
}

function authority({ standard, tests, approvals }: Facts, who: Who): PdfBlock[] {
  const decisions = approvals.flatMap((approval) =>
    approval.decisions.map((d) => [
      d.stage,
      who(d.person),
      `${verdicts[d.verdict] ?? d.verdict}${approval.voidedAt ? '（已作废）' : ''}`,
      when(d.at),
      d.hash,
      d.note,
    ]),
  )
  return [
    h1('测试'),
    table(
      [
        ['环境', 16],
        ['结论', 10],
        ['测试人', 12],
        ['时间', 18],
        ['方案摘要（SM3）', 44],
      ],
      tests.map((t) => [`${t.environment} ${t.note}`, verdicts[t.verdict] ?? t.verdict, who(t.tester), when(t.at), t.planHash]),
    ),
    h1('审批'),
    ...(standard
      ? [
          { kind: 'text' as const, text: '本变更按已发布的标准变更模型实施，由模型代替评估、测试与审批。' },
          {
            kind: 'facts' as const,
            rows: [
              ['模型', `${standard.model} v${standard.version} ${standard.name}`],
              ['模型摘要（SM3）', standard.hash],
              [
                '参数',
                Object.entries(standard.parameters)
                  .map(([key, value]) => `${key}=${value}`)
                  .join('，') || '无',
              ],
              [
                '测试 / 评审 / 发布',
                `${who(standard.testedBy)} ${when(standard.testedAt)} / ${who(standard.reviewedBy)} ${when(standard.reviewedAt)} / ${who(standard.publishedBy)} ${when(standard.publishedAt)}`,
              ],
            ] as const,
          },
        ]
      : []),
    table(
      [
        ['环节', 14],
        ['审批人', 10],
        ['决定', 12],
        ['时间', 16],
        ['方案摘要（SM3）', 32],
        ['意见', 16],
      ],
      decisions,
    ),
  ]
}

function consent({ consents, preauthorisations }: Facts, who: Who): PdfBlock[] {
  return [
    h1('客户授权'),
    table(
      [
        ['授权人', 12],
        ['决定', 10],
        ['时间', 18],
        ['方案摘要（SM3）', 40],
        ['意见', 20],
      ],
      consents.map((c) => [
        who(c.person),
        `${verdicts[c.verdict] ?? c.verdict}${c.waivesNotice ? '，放弃提前期' : ''}`,
        when(c.at),
        c.planHash,
        c.note || '—',
      ]),
    ),
    ...preauthorisations.map(
      (p): PdfBlock => ({
        kind: 'text',
        text: `预授权“${p.name}”：最高风险 ${p.maxRisk}，${when(p.notBefore)} 至 ${when(p.notAfter)}，${who(p.givenBy)} 登记。`,
      }),
    ),
  ]
}

function notice({ freezeExceptions, announcements, releases }: Facts, who: Who): PdfBlock[] {
  return [
    h1('封网例外'),
    table(
      [
        ['封网期', 22],
        ['原因', 30],
        ['申请人', 14],
        ['批准人', 34],
      ],
      freezeExceptions.map((e) => [
        e.freeze,
        e.reason,
        who(e.requestedBy),
        e.refusedBy ? `未批准：${who(e.refusedBy)}` : `${who(e.firstBy)}、${who(e.secondBy)}`,
      ]),
    ),
    h1('告知与回执'),
    table(
      [
        ['单位', 34],
        ['告知时间', 22],
        ['回执', 44],
      ],
      announcements.map((a) => [
        a.unit,
        when(a.sentAt),
        a.receipts.map((r) => `${who(r.person)} ${when(r.at)}${r.waives ? '（放弃提前期）' : ''}`).join('；') || '—',
      ]),
    ),
    h1('版本声明'),
    table(
      [
        ['产品与版本', 26],
        ['状态', 12],
        ['SHA-256', 62],
      ],
      releases.map((r) => [`${r.product} ${r.version}`, r.state === 'issued' ? '已发布' : '已撤回', r.sha256]),
    ),
  ]
}

function execution({ sessions }: Facts, who: Who): PdfBlock[] {
  return [
    h1('运维会话与录像'),
    ...(sessions.length === 0 ? [none()] : []),
    ...sessions.flatMap((s): PdfBlock[] => [
      {
        kind: 'facts',
        rows: [
          ['会话', s.id],
          ['实施人 / 复核人', `${who(s.executor)} / ${who(s.reviewer)}`],
          ['目标', s.targets.join('、')],
          ['时间', `${when(s.openedAt)} 至 ${when(s.closedAt)}`],
          ['录像清单摘要（SM3）', s.manifestSm3 ?? (s.state === 'gap' ? '已声明缺口' : '—')],
        ],
      },
      table(
        [
          ['分段', 10],
          ['字节', 14],
          ['SM3', 76],
        ],
        s.segments.map((g) => [String(g.index), String(g.bytes), g.sm3]),
      ),
    ]),
  ]
}

function results({ runs, timeline }: Facts, who: Who): PdfBlock[] {
  const deviations = runs.filter((run) => ['failed', 'unknown', 'accepted'].includes(run.state))
  const pauses = timeline.filter(
    (event) => event.to === 'paused' || event.act === 'resume' || event.act === 'rollBack' || event.act === 'amend',
  )
  return [
    h1('步骤结果'),
    table(
      [
        ['步骤', 18],
        ['目标', 17],
        ['批', 5],
        ['结果', 13],
        ['退出码', 9],
        ['复核签名', 11],
        ['时间', 13],
        ['输出 SHA-256', 32],
      ],
      runs.map((r) => [
        `${nameIn(phasePhrases, r.phase)} ${r.step}${r.attempt > 1 ? ` 第 ${r.attempt} 次` : ''}`,
        r.target,
        String(r.batch),
        nameIn(runStatePhrases, r.state),
        r.exitCode === null ? '—' : String(r.exitCode),
        who(r.cosignedBy),
        when(r.startedAt),
        r.outputSha256 ?? '—',
      ]),
    ),
    h1('偏差与暂停'),
    table(
      [
        ['步骤', 24],
        ['目标', 20],
        ['结果', 18],
        ['所见', 38],
      ],
      deviations.map((r) => [
        r.step,
        r.target,
        nameIn(runStatePhrases, r.state),
        r.verdicts
          .filter((v) => !v.met)
          .map((v) => v.found)
          .join('；') ||
          r.detail ||
          '—',
      ]),
    ),
    table(
      [
        ['时间', 20],
        ['事项', 16],
        ['处理人', 14],
        ['说明', 50],
      ],
      pauses.map((e) => [when(e.at), nameIn(statePhrases, e.to), actorOf(e.actor), e.note || '—']),
    ),
  ]
}

function around({ transfers, violations, timeline }: Facts, who: Who): PdfBlock[] {
  return [
    h1('文件传输'),
    table(
      [
        ['时间', 18],
        ['人员', 10],
        ['方向', 12],
        ['结果', 16],
        ['路径', 24],
        ['SHA-256', 34],
      ],
      transfers.map((t) => [
        when(t.openedAt),
        who(t.person),
        `${t.channel} ${t.direction === 'in' ? '传入' : '传出'}`,
        t.refusal ?? t.state,
        t.path ?? '—',
        t.sha256 ?? '—',
      ]),
    ),
    h1('违规'),
    table(
      [
        ['编号', 26],
        ['条目', 12],
        ['程度', 12],
        ['人员', 14],
        ['红线', 12],
        ['处理', 24],
      ],
      violations.map((v) => [v.no, v.entry, v.severity, who(v.person), v.rule ?? '—', v.verdict ?? v.state]),
    ),
    h1('时间线'),
    table(
      [
        ['#', 6],
        ['时间', 20],
        ['人员', 12],
        ['状态', 26],
        ['说明', 30],
        ['红线', 8],
      ],
      timeline.map((e) => [
        String(e.seq),
        when(e.at),
        actorOf(e.actor),
        e.to ? `${nameIn(statePhrases, e.from)} > ${nameIn(statePhrases, e.to)}` : actOf(e.act),
        e.note || '—',
        e.rule ?? '—',
      ]),
    ),
  ]
}

function proof({ ledger }: Facts): PdfBlock[] {
  const { head, records } = ledger
  return [
    h1('台账证明'),
    {
      kind: 'facts',
      rows: [
        ['链', ledger.chain],
        ['树头覆盖', `${head.size} 条`],
        ['Merkle 根', head.root],
        ['末条摘要', head.last],
        ['签名', head.signatures.map((s) => `${s.alg} ${s.keyId}`).join('；')],
      ],
    },
    table(
      [
        ['序号', 10],
        ['记录', 26],
        ['时间', 20],
        ['摘要（SM3）', 54],
      ],
      records.map((r) => [String(r.seq), r.act, when(r.at), r.hash]),
    ),
  ]
}

/** Everything after the cover, chapter by chapter. */
export const chaptersOf = (facts: Facts, who: Who): PdfBlock[] =>
  [overview, planOf, authority, consent, notice, execution, results, around]
    .flatMap((chapter) => chapter(facts, who))
    .concat(proof(facts))

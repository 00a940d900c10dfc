import { dictionary } from '@huabiao/ui/i18n/language'

/** Acts that the platform does by itself, who does them, and what their notes say in code. */
export const timelineWords = dictionary(
  {
    acts: {
      create: '起草',
      schedule: '排期',
      makeReady: '转为就绪',
      unready: '撤销就绪',
      openSession: '开启运维会话',
      startGrey: '进入灰度实施',
      soak: '进入观察',
      verify: '进入结果验证',
      rolledBack: '回退完成',
      expire: '过期',
      rejectDecision: '驳回',
      refuseConsent: '不授权',
      failTest: '测试未通过',
    } as Record<string, string>,
    actors: { gateway: '堡垒机', scheduler: '平台调度', system: '平台', bastion: '堡垒机' } as Record<string, string>,
    replay: '回放此刻',
    records: '台账记录',
    platform: '由平台自动执行',
  },
  {
    acts: {
      create: 'Drafted',
      schedule: 'Scheduled',
      makeReady: 'Made ready',
      unready: 'No longer ready',
      openSession: 'O&M session opened',
      startGrey: 'First batch begins',
      soak: 'Soak begins',
      verify: 'Verification begins',
      rolledBack: 'Rolled back',
      expire: 'Expired',
      rejectDecision: 'Rejected',
      refuseConsent: 'Consent refused',
      failTest: 'Test failed',
    },
    actors: { gateway: 'Bastion', scheduler: 'Scheduler', system: 'Platform', bastion: 'Bastion' },
    replay: 'Replay here',
    records: 'Ledger records',
    platform: 'Done by the platform itself',
  },
)

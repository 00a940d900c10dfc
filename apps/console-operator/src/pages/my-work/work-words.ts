import { dictionary } from '@huabiao/ui/i18n/language'

export const workWords = dictionary(
  {
    title: '我的待办',
    hello: (name: string) => `${name}，这里是等您处理的事项。`,
    waiting: '等我处理',
    executing: '我在实施',
    atRisk: '有风险',
    recent: '最近',
    nothing: '没有待办',
    nothingText: '轮到您时会在这里出现，并有通知。',
    nothingExecuting: '没有由您实施的变更',
    noRisk: '没有超时或暂停的变更',
    reasons: { paused: '已暂停', 'window-ends': '窗口将尽', 'not-approved-in-time': '临近窗口未获批' } as Record<string, string>,
  },
  {
    title: 'My work',
    hello: (name) => `${name}, this is what waits for you.`,
    waiting: 'Waits for me',
    executing: 'I execute',
    atRisk: 'At risk',
    recent: 'Recent',
    nothing: 'Nothing waits',
    nothingText: 'When it is your turn it appears here, and you are notified.',
    nothingExecuting: 'No change of yours is under way',
    noRisk: 'Nothing is late or paused',
    reasons: { paused: 'paused', 'window-ends': 'window ends', 'not-approved-in-time': 'not approved, window near' },
  },
)

import { dictionary } from '@huabiao/ui/i18n/language'

export const calendarWords = dictionary(
  {
    title: '变更日历',
    views: { week: '周', month: '月' },
    view: '视图',
    now: { week: '本周', month: '本月' },
    before: '往前',
    after: '往后',
    freeze: '封网',
    none: '无变更',
    overlap: (nos: string) => `窗口与 ${nos} 重叠`,
    frozen: (name: string) => `落在封网期“${name}”`,
    more: (n: number) => `另 ${n} 项`,
    legend: '窗口重叠或落在封网期',
    today: '今天',
  },
  {
    title: 'Change calendar',
    views: { week: 'Week', month: 'Month' },
    view: 'View',
    now: { week: 'This week', month: 'This month' },
    before: 'Earlier',
    after: 'Later',
    freeze: 'Freeze',
    none: 'none',
    overlap: (nos) => `Window overlaps ${nos}`,
    frozen: (name) => `Lies in the freeze “${name}”`,
    more: (n) => `${n} more`,
    legend: 'Overlaps, or lies in a freeze',
    today: 'Today',
  },
)

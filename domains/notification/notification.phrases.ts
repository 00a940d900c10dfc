import type { Phrase } from '@huabiao/kit/errors/errors'
import type { NotificationRefusal } from './notification-choice.model.ts'

export const notificationPhrases = {
  'notification.channel_not_found': {
    zh: '没有这个通知渠道；只有管理单位允许的渠道可用。',
    en: 'There is no such channel; only those that the management unit allows are there.',
    nextZh: '从渠道列表中选择。',
    nextEn: 'Choose one of the list.',
  },
  'notification.address_not_allowed': {
    zh: '该邮箱不在管理单位允许的域名内。',
    en: 'The address is not in a domain that the management unit allows.',
    nextZh: '改用列出域名下的工作邮箱。',
    nextEn: 'Use your address at work, in one of the domains shown.',
  },
  'notification.address_unproved': {
    zh: '邮箱尚未验证，不会向其发送通知。',
    en: 'The address is not proved yet; nothing is sent there.',
    nextZh: '先获取验证码并完成验证。',
    nextEn: 'Have a code sent and enter it first.',
  },
  'notification.address_unneeded': {
    zh: '该渠道不需要填写地址。',
    en: 'This channel asks for no address.',
    nextZh: '直接开启即可。',
    nextEn: 'Just switch it on.',
  },
  'notification.address_unreached': {
    zh: '验证码未能送达：邮件服务没有接收。',
    en: 'The code could not be sent: the mail relay did not take it.',
    nextZh: '核对地址，一分钟后重试；仍不成功请联系平台管理员。',
    nextEn: 'Check the address and try again in a minute; if it fails again, ask the administrator.',
  },
  'notification.code_too_soon': {
    zh: '验证码每分钟只能发送一次。',
    en: 'A code is sent once a minute at most.',
    nextZh: '稍候再试。',
    nextEn: 'Wait a moment.',
  },
  'notification.code_over': {
    zh: '没有可用的验证码：尚未发送、已过期，或错误次数过多。',
    en: 'No code can be entered: none was sent, it ran out, or it was guessed at too often.',
    nextZh: '重新获取验证码。',
    nextEn: 'Have a new one sent.',
  },
  'notification.code_wrong': {
    zh: '验证码不正确。',
    en: 'The code is not right.',
    nextZh: '核对邮件中的六位数字；共可尝试五次。',
    nextEn: 'Compare the six digits in the mail; there are five tries in all.',
  },
} as const satisfies Record<NotificationRefusal, Phrase>

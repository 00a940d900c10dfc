import { dictionary } from '@huabiao/ui/i18n/language'

export const signInWords = dictionary(
  {
    title: (name: string) => `登录到“${name}”`,
    waiting: '正在核对授权请求',
    asks: (host: string) => `该应用位于 ${host}，请求以您的平台账号登录。`,
    told: '同意后，它将得知：',
    claims: { name: '姓名', unit: '单位', roles: '角色' },
    subject: '一个只用于该应用的匿名标识',
    kept: '它得不到您的口令、动态口令和平台权限；本次登录记入审计台账。',
    allow: '同意并登录',
    refuse: '拒绝',
    leaving: '正在返回应用…',
  },
  {
    title: (name) => `Sign in to “${name}”`,
    waiting: 'Checking the request',
    asks: (host) => `The application at ${host} asks you to sign in with your account here.`,
    told: 'If you agree, it is told:',
    claims: { name: 'Name', unit: 'Unit', roles: 'Roles' },
    subject: 'an opaque identifier that is used for this application alone',
    kept: 'It gets neither password nor code nor any right here; this sign-in enters the ledger.',
    allow: 'Agree and sign in',
    refuse: 'Refuse',
    leaving: 'Going back to the application…',
  },
)

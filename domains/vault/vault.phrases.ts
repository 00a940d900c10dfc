import type { Phrase } from '@huabiao/kit/errors/errors'
import type { VaultRefusal } from './vault.model.ts'

export const vaultPhrases = {
  'vault.account_not_found': {
    zh: '没有这个保管凭据，或它不归贵单位。',
    en: 'There is no such kept credential, or it is not of your organization.',
    nextZh: '从保管凭据列表进入。',
    nextEn: 'Open it from the list of kept credentials.',
  },
  'vault.account_unknown': {
    zh: '没有这个目标，或目标上没有这个账号。',
    en: 'There is no such target, or it has no such account.',
    nextZh: '先在目标纳管中登记目标与账号。',
    nextEn: 'Enrol the target with its accounts first.',
  },
  'vault.already_kept': {
    zh: '目标上的这个登录账号的凭据已在保管中。',
    en: 'A credential of this login on the target is kept already.',
    nextZh: '需要更换的，使用“立即轮换”。',
    nextEn: 'To change it, rotate it.',
  },
  'vault.secret_wrong': {
    zh: '读不出这个私钥：须为未加密的 OpenSSH 或 PEM 格式。',
    en: 'The private key cannot be read: it must be in OpenSSH or PEM form, without a passphrase.',
    nextZh: '用 ssh-keygen -p 去除口令后重新交付；交付后平台立即轮换。',
    nextEn: 'Take the passphrase away with ssh-keygen -p and deposit it again; it is rotated at once.',
  },
  'vault.rotation_running': {
    zh: '这个凭据正在轮换。',
    en: 'The credential is being rotated.',
    nextZh: '稍候查看结果；超过两分钟无结果的，可重新发起。',
    nextEn: 'Wait for the result; after two minutes without one, start it again.',
  },
  'vault.rotation_not_found': {
    zh: '没有这次轮换，或它已结束、已过期、不是交给该网关的。',
    en: 'There is no such rotation, or it has ended, is too old, or was not given to this gateway.',
    nextZh: '重新发起轮换。',
    nextEn: 'Start the rotation again.',
  },
  'vault.rotation_used': {
    zh: '这次轮换的材料已经给出，不能再次领取。',
    en: 'The material of this rotation was given out already; that happens once.',
    nextZh: '等待它结束或过期，再重新发起。',
    nextEn: 'Wait until it ends or is too old, then start it again.',
  },
  'vault.not_kept': {
    zh: '签名服务没有该目标账号的保管凭据，或它与令牌不符。',
    en: 'The signer keeps no credential of this account, or it does not fit the grant.',
    nextZh: '由安全管理员交付凭据，或为目标配置证书机构。',
    nextEn: 'Have security deposit the credential, or let the target trust the authority.',
  },
} as const satisfies Record<VaultRefusal, Phrase>

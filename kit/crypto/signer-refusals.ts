import type { Phrase, RefusalTable } from '@huabiao/kit/errors/errors'

/** What the signer refuses by itself, beyond the refusals of a grant (`grantRefusals` of the session domain). */
export const signerRefusals = {
  'signer.token_wrong': { status: 401 },
  'signer.history_rewritten': { status: 409, rule: 'RL-13' },
  'signer.head_not_newer': { status: 409, rule: 'RL-13' },
  'signer.root_differs': { status: 409, rule: 'RL-13' },
  'signer.clock_skewed': { status: 409, rule: 'RL-02' },
  'signer.gateway_unknown': { status: 403, rule: 'RL-18' },
  'signer.proof_wrong': { status: 403, rule: 'RL-18' },
  'signer.envelope_wrong': { status: 403, rule: 'RL-07' },
  'signer.grant_not_live': { status: 409, rule: 'RL-02' },
  'signer.grant_used': { status: 409, rule: 'RL-07' },
  'signer.public_key_wrong': { status: 422 },
  'signer.token_unclear': { status: 422 },
  'signer.client_unknown': { status: 403, rule: 'RL-23' },
  'signer.plane_differs': { status: 409, rule: 'RL-18' },
  'signer.check_unknown': { status: 409, rule: 'RL-18' },
  'signer.check_used': { status: 409, rule: 'RL-18' },
} as const satisfies RefusalTable
export type SignerRefusal = keyof typeof signerRefusals

export const signerPhrases = {
  'signer.token_unclear': {
    zh: '要签名的不是一个短期、匿名主体的身份令牌。',
    en: 'What is to be signed is no short-lived ID token of an anonymous subject.',
    nextZh: '这是程序错误，请报告平台运维。',
    nextEn: 'This is a fault of the program: tell platform operations.',
  },
  'signer.client_unknown': {
    zh: '第三方应用没有登记或已被停用，不为其签发身份令牌。',
    en: 'The application is not registered or was revoked; no ID token is signed for it.',
    nextZh: '由平台管理员登记、安全管理员批准后再试。',
    nextEn: 'Have it registered by a platform administrator and admitted by a security administrator.',
  },
  'signer.token_wrong': {
    zh: '签名服务不接受调用方的令牌。',
    en: 'The signer does not accept the caller’s token.',
    nextZh: '请平台运维核对控制面与签名服务的配置。',
    nextEn: 'Have platform operations compare the configuration of control plane and signer.',
  },
  'signer.history_rewritten': {
    zh: '数据库中的台账与已签名的历史不一致，拒绝签名。',
    en: 'The ledger in the database differs from the history already signed; nothing was signed.',
    nextZh: '立即保全现场，通知审计员与监管方，并用核验程序定位不一致的记录。',
    nextEn: 'Preserve the evidence, tell the auditor and the supervision provider, and locate the record with the verifier.',
  },
  'signer.head_not_newer': {
    zh: '树头比已签名的更短。',
    en: 'The tree head is shorter than one already signed.',
    nextZh: '核对数据库是否被恢复到旧的备份；恢复须作为变更登记。',
    nextEn: 'Check whether the database was restored from an older backup; a restore has to be filed as a change.',
  },
  'signer.root_differs': {
    zh: '树根与签名服务自行计算的不一致。',
    en: 'The root is not the one that the signer computes itself.',
    nextZh: '通知审计员；核对控制面的版本与台账记录。',
    nextEn: 'Tell the auditor; check the version of the control plane and the ledger records.',
  },
  'signer.clock_skewed': {
    zh: '请求的时间与签名服务的时钟不一致。',
    en: 'The time of the request differs from the signer’s clock.',
    nextZh: '请平台运维核对时间同步（NTP）后重试。',
    nextEn: 'Have platform operations check time synchronisation (NTP), then try again.',
  },
  'signer.gateway_unknown': {
    zh: '该堡垒机网关未登记，或令牌不是签发给它的。',
    en: 'The gateway is not registered, or the grant was not issued to it.',
    nextZh: '在签名服务的配置中登记网关的公钥。',
    nextEn: 'Register the gateway’s public key in the configuration of the signer.',
  },
  'signer.proof_wrong': {
    zh: '网关未能证明持有其登记的密钥。',
    en: 'The gateway did not prove possession of its registered key.',
    nextZh: '核对网关密钥；如怀疑被冒用，立即停用该网关。',
    nextEn: 'Check the gateway’s key; take the gateway out of service if it may be impersonated.',
  },
  'signer.envelope_wrong': {
    zh: '执行令牌的签名不成立。',
    en: 'The signatures of the execution grant do not hold.',
    nextZh: '重新执行该步骤；如再次出现，通知审计员。',
    nextEn: 'Run the step again; tell the auditor if it happens again.',
  },
  'signer.grant_not_live': {
    zh: '执行令牌已过期或尚未生效。',
    en: 'The execution grant has expired or is not valid yet.',
    nextZh: '重新执行该步骤，系统会签发新的令牌。',
    nextEn: 'Run the step again; a new grant will be issued.',
  },
  'signer.grant_used': {
    zh: '执行令牌已使用过，不能再次使用。',
    en: 'The execution grant has been used; it works only once.',
    nextZh: '先确认上一次执行的结果，再按方案重新执行。',
    nextEn: 'Establish what the first use did, then run the step again as the plan allows.',
  },
  'signer.public_key_wrong': {
    zh: '网关的临时公钥不是 Ed25519 公钥。',
    en: 'The gateway’s ephemeral key is not an Ed25519 public key.',
    nextZh: '请平台运维核对网关版本。',
    nextEn: 'Have platform operations check the version of the gateway.',
  },
  'signer.plane_differs': {
    zh: '网关、令牌与目标不属于同一平面（平台或租户），不签发证书。',
    en: 'Gateway, grant and target are not of one plane (platform or tenant); no certificate was signed.',
    nextZh: '由目标所属平面的堡垒机执行；租户目标由租户堡垒机，平台目标由平台堡垒机。',
    nextEn: 'Use a bastion of the plane that the target belongs to.',
  },
  'signer.check_unknown': {
    zh: '签名服务未找到这次纳管检查，或它已超过两分钟。',
    en: 'The signer finds no such check of a target, or it is older than two minutes.',
    nextZh: '重新发起检查。',
    nextEn: 'Start the check again.',
  },
  'signer.check_used': {
    zh: '这次纳管检查的证书已签发过，不能再次签发。',
    en: 'The certificates of this check were signed already; that happens once.',
    nextZh: '重新发起检查。',
    nextEn: 'Start the check again.',
  },
} as const satisfies Record<keyof typeof signerRefusals, Phrase>

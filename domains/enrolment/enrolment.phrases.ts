import type { Phrase } from '@huabiao/kit/errors/errors'
import type { EnrolmentRefusal, Probe } from './enrolment.model.ts'

export const enrolmentPhrases = {
  'enrolment.target_not_found': {
    zh: '没有这个目标，或它不归贵单位运维。',
    en: 'There is no such target, or your organization does not operate it.',
    nextZh: '从纳管列表进入。',
    nextEn: 'Open it from the list of enrolment.',
  },
  'enrolment.request_not_found': {
    zh: '没有这项更换主机指纹的申请。',
    en: 'There is no such request for another host key.',
    nextZh: '从目标的纳管详情进入。',
    nextEn: 'Open it from the target’s enrolment.',
  },
  'enrolment.system_unknown': {
    zh: '没有这个信息系统，或它不在您的可见范围。',
    en: 'There is no such information system, or you may not see it.',
    nextZh: '从信息系统中选择；新系统先由使用单位登记。',
    nextEn: 'Choose one of the listed systems; a new one is registered by its user unit first.',
  },
  'enrolment.name_taken': {
    zh: '这个目标名称已被使用；名称在整个平台内唯一，证书主体由它构成。',
    en: 'The name is taken: names are unique on the platform, because certificate principals are made of them.',
    nextZh: '换一个名称。',
    nextEn: 'Choose another name.',
  },
  'enrolment.principal_taken': {
    zh: '该名称与账号组成的证书主体，与另一目标的相同，两个目标会互相打开。',
    en: 'Name and account make a certificate principal that another target has: each would open the other.',
    nextZh: '换一个目标名称或账号名称。',
    nextEn: 'Choose another name for the target or for the account.',
  },
  'enrolment.accounts_wrong': {
    zh: '账号清单不成立：名称不得重复，至少一个非特权账号，root 必须标为特权。',
    en: 'The accounts do not hold: no name twice, at least one that is not privileged, and root is privileged.',
    nextZh: '修改账号清单后重试；检查只用非特权账号登录。',
    nextEn: 'Correct the accounts; a check logs on with those that are not privileged.',
  },
  'enrolment.host_key_wrong': {
    zh: '两人在控制台读到的主机指纹不一致，不予更换。',
    en: 'The two persons read different fingerprints at the console; the pinned key stays.',
    nextZh: '重新到目标的控制台执行 ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub 核对；仍不一致的，按疑似冒充处置。',
    nextEn: 'Read it again at the target’s console (ssh-keygen -l); if they still differ, treat it as a possible impostor.',
  },
  'enrolment.host_key_same': {
    zh: '新指纹与已登记的相同。',
    en: 'This fingerprint is the pinned one already.',
    nextZh: '无需更换；如检查仍报不一致，网络中看到的不是这台主机。',
    nextEn: 'Nothing has to change; if a check still says that it differs, what answers on the network is another host.',
  },
  'enrolment.host_key_waiting': {
    zh: '该目标已有一项更换主机指纹的申请待复核。',
    en: 'A request for another host key of this target is waiting already.',
    nextZh: '先由第二人复核或拒绝。',
    nextEn: 'Have the second person decide on it first.',
  },
  'enrolment.own_request': {
    zh: '更换主机指纹须两人：申请人不能复核自己的申请。',
    en: 'A host key is changed by two persons: nobody decides on their own request.',
    nextZh: '由另一名安全管理员（租户为租户管理员）复核。',
    nextEn: 'Have another security administrator (of a tenant: tenant administrator) decide.',
  },
  'enrolment.request_decided': {
    zh: '这项申请已经有结论，或已登记的指纹已变。',
    en: 'The request was decided already, or the pinned key is another by now.',
    nextZh: '刷新后查看；需要时重新申请。',
    nextEn: 'Reload; ask again if needed.',
  },
  'enrolment.check_running': {
    zh: '该目标正在检查。',
    en: 'A check of this target is running.',
    nextZh: '稍候查看结果；超过两分钟无结果的，可重新发起。',
    nextEn: 'Wait for its result; after two minutes without one, start it again.',
  },
  'enrolment.check_not_found': {
    zh: '没有这次检查，或它不是交给该网关的。',
    en: 'There is no such check, or it was not given to this gateway.',
    nextZh: '重新发起检查。',
    nextEn: 'Start the check again.',
  },
} as const satisfies Record<EnrolmentRefusal, Phrase>

/** What each probe proves, and how a target that fails it is mended: the very line to set. */
export const probePhrases = {
  'host-key': {
    zh: '主机指纹与登记一致',
    en: 'The host key is the pinned one',
    nextZh:
      '到目标的控制台执行 ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub：与登记相同，则网络中有人冒充；不同，则按双人更换主机指纹。',
    nextEn:
      'At the target’s console: ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub. If it is the pinned one, somebody else answers on the network; if not, change the pin by two persons.',
  },
  enters: {
    zh: '正确的证书主体可以登录',
    en: 'The right principal enters',
    nextZh:
      '核对 TrustedUserCAKeys 指向本平面的证书机构，AuthorizedPrincipalsFile 含该账号的主体，AllowUsers 含该登录名；看目标 sshd 日志的原因。',
    nextEn:
      'TrustedUserCAKeys must be the authority of this plane, AuthorizedPrincipalsFile must list the principal, AllowUsers the login; the target’s sshd log says why.',
  },
  'forced-command': {
    zh: '只执行证书中的强制命令',
    en: 'The forced command of the certificate wins',
    nextZh: '删除目标上的 ForceCommand 与 Match 段；登录 shell 须为 /bin/sh 一类，且 date、printf 可用。',
    nextEn: 'Remove ForceCommand and Match blocks on the target; the login shell must be a plain one that has date and printf.',
  },
  clock: {
    zh: '时钟相差不超过 2 秒',
    en: 'Clocks differ by 2 s at most',
    nextZh: '在目标与网关上核对时间同步（chronyc tracking）；证书只有一分钟，时钟偏差会使步骤无法登录。',
    nextEn: 'Check time synchronisation on target and gateway (chronyc tracking): certificates live for one minute.',
  },
  forwarding: {
    zh: '端口转发已关闭',
    en: 'Port forwarding is off',
    nextZh: '设置 DisableForwarding yes 与 AllowTcpForwarding no，然后 sshd -t && systemctl reload ssh。',
    nextEn: 'Set DisableForwarding yes and AllowTcpForwarding no, then sshd -t && systemctl reload ssh.',
  },
  'wrong-principal': {
    zh: '陌生的证书主体被拒绝',
    en: 'A strange principal is refused',
    nextZh: '设置 AuthorizedPrincipalsFile /etc/ssh/huabiao/principals/%u，并删除 AuthorizedPrincipalsCommand 与其他主体文件。',
    nextEn:
      'Set AuthorizedPrincipalsFile /etc/ssh/huabiao/principals/%u, and remove AuthorizedPrincipalsCommand and other files of principals.',
  },
  'login-principal': {
    zh: '以登录名为主体的证书被拒绝',
    en: 'The login’s own name as principal is refused',
    nextZh: '未设置 AuthorizedPrincipalsFile 时，sshd 以登录名为主体：设置它。',
    nextEn: 'Without AuthorizedPrincipalsFile sshd takes the login’s name for the principal: set it.',
  },
  'other-plane': {
    zh: '另一平面的证书被拒绝',
    en: 'A certificate of the other plane is refused',
    nextZh: 'TrustedUserCAKeys 中只保留本平面的证书机构一行。',
    nextEn: 'Leave one line in TrustedUserCAKeys: the authority of this plane.',
  },
  'no-certificate': {
    zh: '没有证书的密钥被拒绝',
    en: 'A key without a certificate is refused',
    nextZh: '设置 AuthorizedKeysFile none，删除 AuthorizedKeysCommand。',
    nextEn: 'Set AuthorizedKeysFile none, and remove AuthorizedKeysCommand.',
  },
  'other-methods': {
    zh: '不提供口令等其他登录方式',
    en: 'No other way of logging on is offered',
    nextZh: '设置 AuthenticationMethods publickey、PasswordAuthentication no、KbdInteractiveAuthentication no。',
    nextEn: 'Set AuthenticationMethods publickey, PasswordAuthentication no and KbdInteractiveAuthentication no.',
  },
} as const satisfies Record<Probe, Phrase>

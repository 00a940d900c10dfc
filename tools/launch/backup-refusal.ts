// Why a backup is not taken, or not believed: a code for programs, and words for who stands before a broken machine.
export const backupRefusals = {
  'backup.folder_in_use': ['备份目录须为空目录或尚不存在', 'the folder of a backup must be empty or not there yet'],
  'backup.nothing_here': ['此状态目录中没有部署', 'there is no deployment in this state folder'],
  'backup.evidence_missing': [
    '证据库中缺少一份已登记的证据，或其内容与摘要不符；先查明原因，再做备份',
    'a registered piece of evidence is missing in its store, or is not what its digest says: find out why, then take the backup',
  ],
  'backup.ledger_broken': [
    '审计台账未能复核通过：保全现场，用核验程序定位',
    'the audit ledger does not verify: preserve the evidence and locate the place with the verifier',
  ],
  'backup.incomplete': [
    '这不是一份完整的备份：清单在备份完成时才写入，这里没有',
    'this is no complete backup: its manifest is written when all is there, and it is not there',
  ],
  'backup.manifest_altered': ['备份清单与其摘要不符', 'the manifest of the backup is not what its digest says'],
  'backup.manifest_invalid': ['备份清单不是本平台的格式', 'the manifest is not one of this platform'],
  'backup.file_missing': ['备份中缺少清单所列的文件', 'a file that the manifest names is missing in the backup'],
  'backup.file_altered': ['备份中的文件与清单中的摘要不符', 'a file of the backup is not what the manifest says'],
  'backup.file_unknown': ['备份中有清单未列的文件', 'the backup holds a file that its manifest does not name'],
  'backup.head_unsigned': [
    '清单中的树头不是此备份的签名密钥所签',
    'a tree head in the manifest is not signed by the keys of this backup',
  ],
  'backup.schema_newer': [
    '备份来自更新的版本：用不旧于它的版本恢复',
    'the backup is of a newer version: restore with a version that is not older',
  ],
  'restore.running': ['部署正在运行：先执行 ./huabiao down', 'the deployment runs: ./huabiao down first'],
  'restore.holds_data': [
    '此状态目录或数据库已有数据：换一个目录，或加 --replace（现有数据移开保留，不删除）',
    'this state folder or its database holds data: take another, or say --replace (what is there is moved aside, not deleted)',
  ],
  'restore.other_deployment': [
    '备份属于另一个部署（签名密钥不同）：恢复到另一个状态目录',
    'the backup is of another deployment (another signer): restore it into another state folder',
  ],
  'restore.history_shorter': [
    '此部署的签名服务签过比备份更长的历史；要放弃其后的记录，须加 --discard-history，此事将写入台账',
    'the signer here has signed a longer history than the backup holds; to give up what came after, say --discard-history: the ledger will tell',
  ],
  'restore.not_proved': ['恢复后的数据与清单不符', 'what was restored is not what the manifest says'],
} as const satisfies Record<string, readonly [zh: string, en: string]>
export type BackupRefusalCode = keyof typeof backupRefusals

export class BackupRefusal extends Error {
  readonly code: BackupRefusalCode
  /** The file, chain or table it is about. */
  readonly subject: string
  constructor(code: BackupRefusalCode, subject = '') {
    const [zh, en] = backupRefusals[code]
    super(`${code}${subject && ` (${subject})`}\n  ${zh}。\n  ${en}`)
    this.name = 'BackupRefusal'
    this.code = code
    this.subject = subject
  }
}

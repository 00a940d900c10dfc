import type { Phrase } from '@huabiao/kit/errors/errors'
import type { TransferRefusal } from './transfer.model.ts'

export const transferPhrases = {
  'transfer.not_found': {
    zh: '没有这次传输，或不在您的可见范围。',
    en: 'There is no such transfer, or you may not see it.',
    nextZh: '从文件传输列表进入。',
    nextEn: 'Open it from the list of transfers.',
  },
  'transfer.no_change': {
    zh: '文件只能作为已批准变更的步骤到达目标。',
    en: 'A file reaches a target only as a step of an approved change.',
    nextZh: '在方案中写入制品步骤，批准后上传到 /upload/<变更编号>/<步骤>/。',
    nextEn: 'Put an artifact step into a plan; once approved, upload it to /upload/<change>/<step>/.',
  },
  'transfer.not_in_plan': {
    zh: '已批准的方案不放置这个文件。',
    en: 'The approved plan does not place this file.',
    nextZh: '用 ls /upload/<变更编号> 查看方案要的文件与名称。',
    nextEn: 'List /upload/<change> to see which files it places, and by which names.',
  },
  'transfer.no_ticket': {
    zh: '没有外传单，文件不出平台。',
    en: 'Without a ticket no file leaves.',
    nextZh: '在“文件传输”页申请外传单，经系统属主与安全管理员批准后下载。',
    nextEn: 'Ask for an out-transfer ticket on the Transfers page; system owner and security administrator decide.',
  },
  'transfer.path_malformed': {
    zh: '路径过长或含有不可见字符。',
    en: 'The path is too long, or holds characters that do not show.',
    nextZh: '用 ls 查看可用路径。',
    nextEn: 'List to see the paths there are.',
  },
  'transfer.operation_refused': {
    zh: '这里只能上传与下载，不能改名、删除或改变属性。',
    en: 'Only uploads and downloads exist here: nothing is renamed, removed or changed.',
    nextZh: '对目标的改动写进变更方案。',
    nextEn: 'Put what a target needs into the plan of a change.',
  },
  'transfer.protocol_unsupported': {
    zh: '堡垒机不支持这一版本的 rsync，或其中某个选项。',
    en: 'This version of rsync, or one of these options, does not exist here.',
    nextZh:
      '使用 rsync 3.0 及以上版本的 -a、-v、-z、-u、--partial、--progress；不支持 --delete、--inplace、--checksum、试运行与过滤规则。也可用 sftp 或 scp。',
    nextEn:
      'Use rsync 3.0 or later with -a, -v, -z, -u, --partial or --progress, without --delete, --inplace, --checksum, trial runs and filters; or use sftp or scp.',
  },
  'transfer.too_large': {
    zh: '文件超过方案写明的大小。',
    en: 'The file is larger than the plan says.',
    nextZh: '核对文件；内容确需更换时修订方案。',
    nextEn: 'Check the file; if the content must change, amend the plan.',
  },
  'transfer.digest_mismatch': {
    zh: '文件摘要与方案不一致，已隔离。',
    en: 'The digest is not the one that the plan pins; the file is in quarantine.',
    nextZh: '上传版本经理发布的那一份；内容确需更换时修订方案。',
    nextEn: 'Upload the one that was released; if the content must change, amend the plan.',
  },
  'transfer.not_sequential': {
    zh: '文件须从头到尾依次上传，不支持续传。',
    en: 'A file is uploaded from its beginning to its end; there is no resuming.',
    nextZh: '重新上传整个文件。',
    nextEn: 'Upload it whole once more.',
  },
  'transfer.interrupted': {
    zh: '传输中断，未收到完整文件。',
    en: 'The transfer broke off; the file did not arrive whole.',
    nextZh: '重新上传。',
    nextEn: 'Upload it again.',
  },
  'transfer.quarantine_full': {
    zh: '隔离区已满。',
    en: 'The quarantine is full.',
    nextZh: '请安全管理员查看隔离清单。',
    nextEn: 'Have the security administrator look at it.',
  },
  'transfer.wrong_state': {
    zh: '这次传输已经结束。',
    en: 'This transfer has ended.',
    nextZh: '重新开始一次传输。',
    nextEn: 'Begin another one.',
  },
  'transfer.part_wrong': {
    zh: '分段次序或大小不对。',
    en: 'A part is out of order or of the wrong size.',
    nextZh: '重新上传整个文件。',
    nextEn: 'Upload the file again.',
  },
} as const satisfies Record<TransferRefusal, Phrase>

import type { RoleCode } from '@huabiao/domains/access/access.model'
import type { Party } from '@huabiao/kit/actor/actor'

/** The demo city 华州: four parties, a person for every role, two providers. Everything in it is invented. */
export interface DemoUnit {
  readonly code: string
  readonly party: Party
  readonly nameZh: string
  readonly nameEn: string
  readonly people: readonly DemoPerson[]
}
export interface DemoPerson {
  readonly login: string
  readonly name: string
  readonly nameEn: string
  readonly roles: readonly (RoleCode | readonly [RoleCode, string])[]
}
const person = (login: string, name: string, nameEn: string, ...roles: DemoPerson['roles']): DemoPerson => ({
  login,
  name,
  nameEn,
  roles,
})

export const demoCity: readonly DemoUnit[] = [
  {
    code: 'hz-data-bureau',
    party: 'management-unit',
    nameZh: '华州市数据管理局',
    nameEn: 'Huazhou Data Administration Bureau',
    people: [person('lin.guan', '林观', 'Lin Guan', 'GMU'), person('qiao.zheng', '乔正', 'Qiao Zheng', 'GMU')],
  },
  {
    code: 'hz-cloud-a',
    party: 'service-provider',
    nameZh: '华州云服务公司',
    nameEn: 'Huazhou Cloud Services',
    people: [
      person('zhao.ming', '赵明', 'Zhao Ming', 'ENG'),
      person('qian.wei', '钱伟', 'Qian Wei', 'ENG'),
      person('sun.jie', '孙杰', 'Sun Jie', ['CRE', 'L2']),
      person('li.na', '李娜', 'Li Na', ['CRE', 'L2']),
      person('zhou.yan', '周岩', 'Zhou Yan', ['CRE', 'L2']),
      person('wu.di', '吴迪', 'Wu Di', 'DBA'),
      person('zheng.hao', '郑浩', 'Zheng Hao', 'SYS'),
      person('wang.lu', '王路', 'Wang Lu', 'NET'),
      person('feng.ban', '冯版', 'Feng Ban', 'RLS'),
      person('chen.jing', '陈静', 'Chen Jing', 'CHM'),
      person('chu.heng', '褚衡', 'Chu Heng', 'CHM'),
      person('wei.shen', '魏慎', 'Wei Shen', ['APV', 'technical-manager'], ['APV', 'supervisor']),
      person('jiang.ping', '蒋平', 'Jiang Ping', ['APV', 'technical-manager'], ['APV', 'department'], 'BGC'),
      person('shen.zhu', '沈主', 'Shen Zhu', ['APV', 'owner'], 'BGC'),
      person('han.guan', '韩冠', 'Han Guan', 'PAD'),
      person('yang.an', '杨安', 'Yang An', 'SEC'),
      person('zhu.cha', '朱察', 'Zhu Cha', 'AUD'),
      person('qin.shou', '秦守', 'Qin Shou', 'BGC'),
    ],
  },
  {
    code: 'hz-cloud-b',
    party: 'service-provider',
    nameZh: '江岸云科技公司',
    nameEn: 'Jiang’an Cloud Technology',
    people: [
      person('he.chen', '何晨', 'He Chen', 'ENG'),
      person('lv.bin', '吕彬', 'Lü Bin', ['CRE', 'L2']),
      person('shi.lei', '施磊', 'Shi Lei', 'CHM'),
      person('zhang.qi', '张启', 'Zhang Qi', 'SEC'),
    ],
  },
  {
    code: 'hz-service-centre',
    party: 'user-unit',
    nameZh: '华州市政务服务中心',
    nameEn: 'Huazhou Government Service Centre',
    people: [
      person('kong.xin', '孔欣', 'Kong Xin', ['APV', 'owner']),
      person('cao.li', '曹立', 'Cao Li', 'TAD'),
      person('yan.yun', '严运', 'Yan Yun', 'TOP'),
      person('hua.shen', '花审', 'Hua Shen', 'TAU'),
    ],
  },
  {
    code: 'hz-archives',
    party: 'user-unit',
    nameZh: '华州市档案馆',
    nameEn: 'Huazhou City Archives',
    people: [person('jin.dang', '金档', 'Jin Dang', ['APV', 'owner']), person('tao.ran', '陶然', 'Tao Ran', 'TAD')],
  },
  {
    code: 'hz-supervision',
    party: 'supervision-provider',
    nameZh: '华州综合监管服务公司',
    nameEn: 'Huazhou Supervision Services',
    people: [person('xu.jian', '许鉴', 'Xu Jian', 'SPV')],
  },
]

/** Information systems, their owners, and which targets (by the beginning of their names) belong to them. */
export const demoSystems = [
  {
    code: 'portal',
    name: '政务服务门户',
    owner: 'hz-service-centre',
    contact: 'kong.xin',
    mlpsLevel: 2,
    zone: 'internet',
    targets: 'portal-',
    tier: 'inner',
  },
  {
    code: 'archive',
    name: '电子档案库',
    owner: 'hz-archives',
    contact: 'jin.dang',
    mlpsLevel: 3,
    zone: 'government-extranet',
    targets: 'archive-',
    tier: 'core',
  },
] as const
export const demoProvider = 'hz-cloud-a'

import type { Phrase } from '@huabiao/kit/errors/errors'
import type { OrganizationRefusal } from './organization.model.ts'

export const organizationPhrases = {
  'organization.not_found': {
    zh: '没有这个单位或部门，或它不在您的可见范围。',
    en: 'There is no such unit or department, or you may not see it.',
    nextZh: '从单位树中选择。',
    nextEn: 'Choose one from the tree.',
  },
  'organization.not_yours': {
    zh: '只能维护本单位的数据。',
    en: 'You may write in your own unit only.',
    nextZh: '请对方单位的管理员办理。',
    nextEn: 'Ask an administrator of that unit.',
  },
  'organization.has_left': {
    zh: '该单位已退出，数据只读。',
    en: 'The unit has left; its data can only be read.',
    nextZh: '如需恢复，由管理单位重新接入。',
    nextEn: 'The management unit may take it in anew.',
  },
  'organization.code_taken': {
    zh: '这个代码已被使用。',
    en: 'This code is taken.',
    nextZh: '换一个代码。',
    nextEn: 'Choose another code.',
  },
  'organization.party_taken': {
    zh: '云管理单位只有一个。',
    en: 'There is one management unit only.',
    nextZh: '新单位请选择其他所属方。',
    nextEn: 'Choose another party for a new unit.',
  },
  'organization.parent_invalid': {
    zh: '上级不在同一单位、成环，或层级过深。',
    en: 'The parent lies in another unit, in a circle, or too deep.',
    nextZh: '选择同一单位内的上级，最多八级。',
    nextEn: 'Choose a parent in the same unit, at most eight levels deep.',
  },
  'person.not_found': {
    zh: '没有这个人员，或不在您的可见范围。',
    en: 'There is no such person, or you may not see them.',
    nextZh: '从人员列表中选择。',
    nextEn: 'Choose one from the list.',
  },
  'person.exists': {
    zh: '该自然人已登记，可能在其他单位。',
    en: 'This natural person is registered already, perhaps in another unit.',
    nextZh: '一名自然人只登记一次；由原单位办理调动。',
    nextEn: 'One person is one entry; have the unit that holds it move them.',
  },
  'person.identity_invalid': {
    zh: '公民身份号码校验不通过。',
    en: 'The identity number fails its check digit.',
    nextZh: '核对十八位号码。',
    nextEn: 'Check all eighteen characters.',
  },
  'person.identity_fixed': {
    zh: '登记的自然人不可更换。',
    en: 'Who a person is cannot be changed.',
    nextZh: '另行登记新的人员。',
    nextEn: 'Register the other person instead.',
  },
  'person.has_left': {
    zh: '该人员已离岗。',
    en: 'This person has left.',
    nextZh: '选择在岗人员。',
    nextEn: 'Choose somebody in post.',
  },
  'person.has_open_items': {
    zh: '名下还有未移交的角色或事项，不能离岗。',
    en: 'They still hold roles or open items and cannot leave.',
    nextZh: '先收回角色、移交事项，再办理离岗。',
    nextEn: 'End their roles and hand over first.',
  },
  'person.training_in_past': {
    zh: '培训有效期已过。',
    en: 'The training would have ended already.',
    nextZh: '填写今天以后的有效期。',
    nextEn: 'Enter a date from today on.',
  },
  'person.own_training': {
    zh: '不能登记本人的培训。',
    en: 'Nobody records their own training.',
    nextZh: '由其他管理员登记。',
    nextEn: 'Have another administrator record it.',
  },
} satisfies Record<OrganizationRefusal, Phrase>

import type { Phrase } from '@huabiao/kit/errors/errors'
import type { TemplateRefusal } from './template.model.ts'

export const templatePhrases = {
  'template.not_found': {
    zh: '没有这个标准变更模型，或它不属于您的单位。',
    en: 'There is no such standard-change model, or it is not of your unit.',
    nextZh: '从模型列表进入。',
    nextEn: 'Open it from the list.',
  },
  'template.wrong_state': {
    zh: '模型的这个版本不在可以这样做的阶段。',
    en: 'This version of the model is not at a stage that allows it.',
    nextZh: '刷新后查看它现在的阶段。',
    nextEn: 'Reload and look at its stage.',
  },
  'template.slot_unknown': {
    zh: '方案里的参数位“{key}”没有声明为参数。',
    en: 'The plan has a slot “{key}” that no parameter declares.',
    nextZh: '声明这个参数，或改正参数位的名字。',
    nextEn: 'Declare the parameter, or correct the name of the slot.',
  },
  'template.slot_misplaced': {
    zh: '参数位只能作为独立的词出现在命令、脚本和输出期望里：{at}。',
    en: 'A slot is a whole word of a command, a script or an expectation, and stands nowhere else: {at}.',
    nextZh: '在参数位前后留空格，并移出标题、说明和文件。',
    nextEn: 'Put spaces around it, and take it out of titles, texts and files.',
  },
  'template.parameter_invalid': {
    zh: '参数“{key}”缺少、多余，或不在模型声明的范围内。',
    en: 'The parameter “{key}” is missing, unknown, or outside what the model declares.',
    nextZh: '按模型的参数说明填写。',
    nextEn: 'Fill it in as the model says.',
  },
  'template.parameter_unused': {
    zh: '声明的参数“{key}”在方案里没有用到。',
    en: 'The parameter “{key}” is declared and used nowhere.',
    nextZh: '在命令里加上参数位，或删去这个参数。',
    nextEn: 'Use it in a command, or remove it.',
  },
  'template.not_standard': {
    zh: '步骤“{key}”不可回退、是交互式终端，或危险等级为 5，不能成为标准变更。',
    en: 'The step “{key}” cannot be undone, is an open terminal, or is of danger 5: it cannot be standard.',
    nextZh: '为它补上可执行的回退，或走普通变更。',
    nextEn: 'Give it a rollback that runs, or use an ordinary change.',
  },
  'template.plan_incomplete': {
    zh: '模型的方案还不完整：{findings}。',
    en: 'The plan of the model is not whole: {findings}.',
    nextZh: '逐条改正后再提交。',
    nextEn: 'Correct each, then submit again.',
  },
  'template.system_unknown': {
    zh: '适用范围里有不存在的信息系统。',
    en: 'The limits name an information system that does not exist.',
    nextZh: '重新选择信息系统。',
    nextEn: 'Choose the systems again.',
  },
  'template.hours_incomplete': {
    zh: '允许的时段只填了一端。',
    en: 'The hours have one end only.',
    nextZh: '填写起止两端，或都留空表示不限时段。',
    nextEn: 'Fill in both ends, or neither for any hour.',
  },
  'template.no_manager': {
    zh: '本单位没有变更经理，模型无人可以发布。',
    en: 'The unit has no change manager who could publish the model.',
    nextZh: '请单位管理员先授予变更经理角色。',
    nextEn: 'Ask the administrator of the unit to appoint a change manager first.',
  },
  'template.not_author': {
    zh: '草稿只能由它的编制人修改和提交。',
    en: 'A draft is edited and submitted by its author alone.',
    nextZh: '请编制人处理，或修订出一个新版本。',
    nextEn: 'Ask the author, or begin a new version.',
  },
  'template.own_template': {
    zh: '编制人不能测试自己编制的模型。',
    en: 'Nobody tests the model they wrote.',
    nextZh: '请另一位人员测试。',
    nextEn: 'Ask another person to test it.',
  },
  'template.not_published': {
    zh: '这个模型没有已发布的版本，或变更的内容不是它展开的结果。',
    en: 'The model has no published version, or the change is not what it expands to.',
    nextZh: '等待变更经理发布，或走普通变更。',
    nextEn: 'Wait for the change manager to publish it, or use an ordinary change.',
  },
  'template.beyond_limits': {
    zh: '超出模型的适用范围。',
    en: 'Beyond the limits of the model.',
    nextZh: '在范围内选择目标和窗口，或走普通变更。',
    nextEn: 'Stay within the limits, or use an ordinary change.',
  },
  'template.open_version': {
    zh: '这个模型已有一个在编制、测试或评审的版本。',
    en: 'A version of this model is being drafted, tested or reviewed already.',
    nextZh: '先完成或退回那个版本。',
    nextEn: 'Finish or reject that version first.',
  },
  'template.hash_mismatch': {
    zh: '您看到的不是模型现在的内容。',
    en: 'What you saw is not what the model is now.',
    nextZh: '刷新后重新核对。',
    nextEn: 'Reload and read it again.',
  },
} as const satisfies Record<TemplateRefusal, Phrase>

import { words } from '../../kit/words.ts';

export const variablesWords = words(
  {
    title: 'Variables',
    about:
      'Values with a name that templates and expressions of this namespace read as {{ vars.NAME }}',
    empty: 'There are no variables in this namespace. Templates read one as {{ vars.NAME }}.',
    newOne: 'New variable',
    editOne: (name: string) => `Variable ${name}`,
    name: 'Name',
    value: 'Value',
    valueHint: 'JSON, or a plain text: 42, true, ["a"], or just words.',
    updated: 'Changed',
    by: 'By',
    saved: (name: string) => `${name} was saved`,
    deleted: (name: string) => `${name} was deleted`,
    deleteOne: (name: string) => `Delete ${name}`,
    deleteSays:
      'It is refused while a DAG reads it. Runs that read it later by a computed name fail.',
    asText: 'It is kept as a text.',
    asJson: 'It is kept as JSON.',
  },
  {
    title: '变量',
    about: '命名的值，此命名空间的模板与表达式以 {{ vars.NAME }} 读取',
    empty: '此命名空间没有变量。模板以 {{ vars.NAME }} 读取变量。',
    newOne: '新建变量',
    editOne: (name: string) => `变量 ${name}`,
    name: '名称',
    value: '值',
    valueHint: 'JSON 或纯文本：42、true、["a"]，或普通文字。',
    updated: '修改于',
    by: '修改者',
    saved: (name: string) => `${name} 已保存`,
    deleted: (name: string) => `${name} 已删除`,
    deleteOne: (name: string) => `删除 ${name}`,
    deleteSays: '若有工作流读取它，则会被拒绝。之后以计算名称读取它的运行会失败。',
    asText: '将作为文本保存。',
    asJson: '将作为 JSON 保存。',
  },
);

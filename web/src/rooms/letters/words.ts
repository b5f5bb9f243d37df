import { words } from '../../kit/words.ts';

export const lettersWords = words(
  {
    title: 'Dead letters',
    about: 'What should have started something and could not',
    empty:
      'There are no dead letters. An event or a fire that could not start its run is kept' +
      ' here, with' +
      ' the reason, until somebody replays or drops it.',
    noMatch: 'No letter fits what you filter by.',
    filter: 'Filter by DAG or reason',
    at: 'When',
    dag: 'DAG',
    kind: 'From',
    reason: 'Why it could not',
    payload: 'What would be tried again',
    event: 'event',
    schedule: 'schedule',
    replay: 'Replay',
    replaySays: (count: number) =>
      count === 1
        ? 'It is tried again. If it is refused again, the letter stays.'
        : `${count} letters are tried again. What is refused again stays.`,
    replayed: (count: number) => (count === 1 ? 'It was replayed' : `${count} were replayed`),
    drop: 'Drop',
    dropSays: (count: number) =>
      count === 1 ? 'It is gone for good.' : `${count} letters are gone for good.`,
    dropped: (count: number) => (count === 1 ? 'It was dropped' : `${count} were dropped`),
    chosen: (count: number) => `${count} chosen`,
    show: 'Show',
    hide: 'Hide',
  },
  {
    title: '死信',
    about: '本应触发却未能触发的事件',
    empty: '没有死信。无法启动运行的事件或定时触发会连同原因保存在这里，直到有人重放或丢弃。',
    noMatch: '没有符合筛选条件的死信。',
    filter: '按工作流或原因筛选',
    at: '时间',
    dag: '工作流',
    kind: '来源',
    reason: '未能触发的原因',
    payload: '将重试的内容',
    event: '事件',
    schedule: '定时',
    replay: '重放',
    replaySays: (count: number) =>
      count === 1
        ? '将再次尝试。若再次被拒绝，死信会保留。'
        : `将再次尝试 ${count} 封；再次被拒绝的会保留。`,
    replayed: (count: number) => (count === 1 ? '已重放' : `已重放 ${count} 封`),
    drop: '丢弃',
    dropSays: (count: number) => (count === 1 ? '将永久删除。' : `${count} 封死信将永久删除。`),
    dropped: (count: number) => (count === 1 ? '已丢弃' : `已丢弃 ${count} 封`),
    chosen: (count: number) => `已选 ${count} 封`,
    show: '显示',
    hide: '收起',
  },
);

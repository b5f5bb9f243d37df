import { words } from '../words.ts';

export const logWords = words(
  {
    log: 'Log',
    loading: 'Opening the log…',
    following: 'live',
    ended: 'ended',
    empty: 'It has written nothing here.',
    nothingYet: 'It has written nothing yet.',
    search: 'Search in this log',
    next: 'Next match',
    previous: 'Previous match',
    matches: (at: number, all: number) => (all === 0 ? 'no match' : `${at} of ${all}`),
    wrap: 'Wrap',
    tail: 'Follow',
    download: 'Download',
    lines: (count: number) => (count === 1 ? '1 line' : `${count.toLocaleString('en')} lines`),
    dropped: (count: number) =>
      count === 1
        ? 'The first line is not shown; the download has it.'
        : `The first ${count.toLocaleString('en')} lines are not shown; the download has them all.`,
    copy: (node: string, isWhole: boolean) =>
      isWhole
        ? `This is the copy on ${node}.`
        : `This is the copy on ${node}; its end may be missing.`,
  },
  {
    log: '日志',
    loading: '正在打开日志…',
    following: '实时',
    ended: '已结束',
    empty: '没有任何输出。',
    nothingYet: '尚无输出。',
    search: '在此日志中搜索',
    next: '下一个',
    previous: '上一个',
    matches: (at: number, all: number) => (all === 0 ? '无匹配' : `${at} / ${all}`),
    wrap: '自动换行',
    tail: '跟随',
    download: '下载',
    lines: (count: number) => `${count.toLocaleString('zh')} 行`,
    dropped: (count: number) => `最早的 ${count.toLocaleString('zh')} 行未显示；下载包含全部。`,
    copy: (node: string, isWhole: boolean) =>
      isWhole ? `这是 ${node} 上的副本。` : `这是 ${node} 上的副本，结尾可能缺失。`,
  },
);

import { countOf, words } from '../words.ts';

export const graphWords = words(
  {
    graph: 'Graph of tasks. Arrow keys walk along the edges, Enter opens, plus and minus zoom.',
    nothing: 'No tasks',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show all of it',
    fold: (name: string) => `Fold ${name}`,
    unfold: (name: string) => `Open ${name}`,
    tasks: (count: number) => countOf(count, 'task'),
    waits: 'Waits',
    critical: 'on the critical path',
  },
  {
    graph: '任务图。方向键沿连线移动，回车打开，加减号缩放。',
    nothing: '没有任务',
    zoomIn: '放大',
    zoomOut: '缩小',
    fit: '显示全部',
    fold: (name: string) => `折叠 ${name}`,
    unfold: (name: string) => `展开 ${name}`,
    tasks: (count: number) => `${count} 个任务`,
    waits: '等待',
    critical: '位于关键路径',
  },
);

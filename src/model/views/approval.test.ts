import { expect, test } from 'vitest';
import { begunAction } from '../../scheduler/testing/begun.ts';
import { here } from '../../scheduler/testing/rows.ts';
import { approvalViews } from './approval.ts';

test('approvals: people see the message as it was rendered, not the template', () => {
  const { state } = begunAction({
    ...{ kind: 'approval', message: 'Ship {{ 40 + 2 }} boxes?', fields: {} },
    ...{ onReject: 'fail', onTimeout: 'fail' },
  });
  const views = approvalViews(state, here);
  expect(views).toMatchObject([{ taskId: 'a', message: 'Ship 42 boxes?', until: null }]);
});

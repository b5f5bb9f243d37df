/** What people do to a run, each with a preview of what it does. */
import {
  Checkbox,
  JsonInput,
  MultiSelect,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useIsShown } from '../../app/is-shown.ts';
import { runPath, useGo, useStay } from '../../app/link.tsx';
import { call } from '../../data/api.ts';
import { trusted } from '../../data/wire.ts';
import { useWords } from '../../kit/words.ts';
import { ActModal } from './act.tsx';
import { actionWords } from './action-words.ts';
import { Names } from './names.tsx';
import { cancelledBy, downstreamOf, rerunTasks } from './preview.ts';
import { instanceName } from './summary.ts';
import { useRun } from './use-run.ts';

interface ModalProps {
  readonly onClose: () => void;
}

export function CancelModal({ onClose }: ModalProps) {
  const w = useWords(actionWords);
  const { live, namespace, runId } = useRun();
  const { stopped, neverBegun } = cancelledBy(live.tasks);
  return (
    <ActModal
      title={w.cancelTitle(runId)}
      verb={w.cancelRun}
      isDangerous
      done={w.cancelDone}
      act={() => call('cancelRun', { params: { runId }, query: { namespace } })}
      onClose={onClose}
    >
      <Text size="sm">{w.cancelStops(stopped.length)}</Text>
      <Names names={stopped} />
      <Text size="sm">{w.cancelNever(neverBegun)}</Text>
    </ActModal>
  );
}

export function RerunModal({ onClose, task }: ModalProps & { readonly task?: string }) {
  const w = useWords(actionWords);
  const { live, namespace, runId } = useRun();
  const hasFailed = live.tasks.some(({ state }) => ['failed', 'cancelled'].includes(state));
  const [scope, setScope] = useState(task === undefined && hasFailed ? 'failed' : 'all');
  const [downstream, setDownstream] = useState(true);
  const wanted = {
    tasks: task === undefined ? null : [task],
    downstream: downstream && (task !== undefined || scope === 'failed'),
    failedOnly: scope === 'failed',
  };
  const names = rerunTasks(live.tasks, wanted);
  return (
    <ActModal
      title={task === undefined ? w.rerunTitle(runId) : w.rerunTaskTitle(task)}
      verb={w.rerun}
      isReady={names.length > 0}
      done={w.rerunDone(names.length)}
      act={() => call('rerun', { params: { runId }, query: { namespace }, body: wanted })}
      onClose={onClose}
    >
      <SegmentedControl
        value={scope}
        onChange={setScope}
        aria-label={w.scope}
        data={[
          { value: 'failed', label: w.onlyFailed },
          { value: 'all', label: task === undefined ? w.allTasks : w.thisTask },
        ]}
      />
      {(task !== undefined || scope === 'failed') && (
        <Checkbox
          label={w.withDownstream}
          checked={downstream}
          onChange={(event) => setDownstream(event.currentTarget.checked)}
        />
      )}
      <Text size="sm">{w.rerunRuns(names.length)}</Text>
      <Names names={names} />
      <Text size="xs" c="dimmed">
        {w.rerunKeeps}
      </Text>
    </ActModal>
  );
}

interface MarkProps extends ModalProps {
  readonly task: string;
  /** Null: all instances. */
  readonly map: number | null;
}

type Marked = 'success' | 'failed' | 'skipped';

const isMarked = (text: string): text is Marked => ['success', 'failed', 'skipped'].includes(text);

/** Of any tasks of the run, which are chosen here. */
export function MarkTasksModal({ onClose }: ModalProps) {
  const w = useWords(actionWords);
  const { live } = useRun();
  const [tasks, setTasks] = useState<readonly string[]>([]);
  const ids = [...new Set(live.tasks.map(({ taskId }) => taskId))];
  return (
    <MarkForm tasks={tasks} map={null} name={tasks.join(', ')} onClose={onClose}>
      <MultiSelect
        label={w.markWhich}
        data={ids}
        value={[...tasks]}
        onChange={setTasks}
        searchable
        limit={100}
      />
    </MarkForm>
  );
}

export function MarkModal({ onClose, task, map }: MarkProps) {
  const name = map === null ? task : instanceName(task, map, true);
  return <MarkForm tasks={[task]} map={map} name={name} onClose={onClose} />;
}

interface MarkFormProps extends ModalProps {
  readonly tasks: readonly string[];
  readonly map: number | null;
  readonly name: string;
  readonly children?: ReactNode;
}

function MarkForm({ onClose, tasks, map, name, children }: MarkFormProps) {
  const w = useWords(actionWords);
  const { live, namespace, runId } = useRun();
  const [as, setAs] = useState<Marked>('success');
  const [note, setNote] = useState('');
  const own = live.tasks.filter(
    ({ taskId, mapIndex }) => tasks.includes(taskId) && (map === null || mapIndex === map),
  );
  const isAlive = own.some(({ state }) => state === 'running' || state === 'queued');
  const behind = [...downstreamOf(live.tasks, tasks)].filter((id) => !tasks.includes(id));
  const body = { tasks: [...tasks], mapIndex: map, as, note, force: isAlive };
  return (
    <ActModal
      title={w.markTitle(name)}
      verb={w.mark}
      isDangerous={isAlive}
      isReady={tasks.length > 0}
      done={w.markDone(name)}
      act={() => call('markTasks', { params: { runId }, query: { namespace }, body })}
      onClose={onClose}
    >
      {children}
      <SegmentedControl
        value={as}
        onChange={(value) => isMarked(value) && setAs(value)}
        aria-label={w.markAs}
        data={[
          { value: 'success', label: w.asSuccess },
          { value: 'failed', label: w.asFailed },
          { value: 'skipped', label: w.asSkipped },
        ]}
      />
      <TextInput
        label={w.note}
        value={note}
        maxLength={1_000}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {isAlive && <Text size="sm">{w.markStops}</Text>}
      <Text size="sm">{w.markBehind(behind.length)}</Text>
      {behind.length > 0 && <Names names={behind} />}
    </ActModal>
  );
}

/** An object, or undefined: JSON that somebody has typed. */
function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? trusted<Record<string, unknown>>(value) : undefined;
  } catch {
    return undefined;
  }
}

type Values = NonNullable<NonNullable<Parameters<typeof call<'editRun'>>[1]>['body']>['params'];

export function EditModal({ onClose }: ModalProps) {
  const w = useWords(actionWords);
  const { live, namespace, runId } = useRun();
  const before = JSON.stringify(live.params, null, 2);
  const [text, setText] = useState(before);
  const [definition, setDefinition] = useState('');
  const [note, setNote] = useState('');
  const params = objectIn(text);
  const spec = definition.trim() === '' ? null : objectIn(definition);
  const notBegun = live.tasks.filter(({ attempts }) => attempts.length === 0);
  const body = {
    params: text === before ? null : trusted<Values>(params),
    definition: spec ?? null,
    note,
  };
  const hasChange = text !== before || spec !== null;
  return (
    <ActModal
      title={w.editTitle(runId)}
      verb={w.edit}
      size="lg"
      isReady={params !== undefined && spec !== undefined && hasChange}
      done={w.editDone}
      act={() => call('editRun', { params: { runId }, query: { namespace }, body })}
      onClose={onClose}
    >
      <JsonInput
        label={w.editParams}
        value={text}
        onChange={setText}
        autosize
        minRows={3}
        maxRows={10}
        error={params === undefined ? w.noObject : undefined}
      />
      <JsonInput
        label={w.editDefinition}
        description={w.editDefinitionHow}
        value={definition}
        onChange={setDefinition}
        autosize
        minRows={3}
        maxRows={14}
        error={spec === undefined ? w.noObject : undefined}
      />
      <TextInput
        label={w.note}
        value={note}
        maxLength={1_000}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Text size="sm">{w.editTouches(notBegun.length)}</Text>
    </ActModal>
  );
}

export function AgainModal({ onClose }: ModalProps) {
  const w = useWords(actionWords);
  const go = useGo();
  const stay = useStay();
  const isShown = useIsShown();
  const { live, namespace, rows } = useRun();
  const { dagId } = live;
  const start = async (): Promise<void> => {
    const { runId } = await call('startRun', {
      params: { dagId },
      query: { namespace },
      body: { params: rows.run.params, priority: rows.run.priority },
    });
    if (!isShown()) return;
    onClose();
    go(stay(runPath(runId)));
  };
  return (
    <ActModal
      title={w.againTitle(dagId)}
      verb={w.again}
      done={w.againDone}
      act={start}
      onClose={onClose}
    >
      <Text size="sm">{w.againHow}</Text>
      <pre className="skein-code">{JSON.stringify(rows.run.params, null, 2)}</pre>
    </ActModal>
  );
}

export function CompensateModal({ onClose }: ModalProps) {
  const w = useWords(actionWords);
  const { live, namespace, runId, rows } = useRun();
  const { tasks } = rows.version.spec;
  const undone = live.tasks
    .filter(({ taskId, state }) => state === 'success' && taskId in tasks)
    .flatMap(({ taskId }) => {
      const by = trusted<Record<string, { compensate?: string } | undefined>>(tasks)[taskId];
      return by?.compensate === undefined ? [] : [`${taskId} ← ${by.compensate}`];
    });
  return (
    <ActModal
      title={w.compensateTitle(runId)}
      verb={w.compensate}
      isDangerous
      isReady={undone.length > 0}
      done={w.compensateDone}
      act={() => call('compensateRun', { params: { runId }, query: { namespace } })}
      onClose={onClose}
    >
      <Stack gap={4}>
        <Text size="sm">{w.compensateHow(undone.length)}</Text>
        <Names names={undone} />
      </Stack>
    </ActModal>
  );
}

/**
 * The form of a run: its params by their types, and how it would go, before anybody presses Run.
 */
import { Alert, Button, Collapse, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import type { Json } from '../../../../src/model/json.ts';
import type { DagDetailView } from '../../../../src/model/views/dag.ts';
import { useIsShown } from '../../app/is-shown.ts';
import { runPath, useGo, useStay } from '../../app/link.tsx';
import { useNamespace } from '../../app/namespace.ts';
import { call } from '../../data/api.ts';
import { ApiProblem } from '../../data/api-problem.ts';
import { trusted } from '../../data/wire.ts';
import { Icon } from '../../kit/icons.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { Forecast } from './forecast.tsx';
import { ParamField } from './param-field.tsx';
import { type FieldValues, fieldOf, fieldsOf, givenBy, paramNamed } from './values.ts';
import { runFormWords } from './words.ts';

interface RunFormProps {
  readonly dagId: string;
  /** A run whose params it begins with. */
  readonly from?: string | undefined;
  readonly onStarted?: () => void;
}

/** A forecast is asked for when the fields have been still for so long. */
const stillMs = 350;

export function RunForm({ dagId, from, onStarted }: RunFormProps) {
  const namespace = useNamespace();
  const dag = useQuery({
    queryKey: ['getDag', namespace, dagId],
    queryFn: async ({ signal }) =>
      trusted<DagDetailView>(
        await call('getDag', { params: { dagId }, query: { namespace }, signal }),
      ),
  });
  const earlier = useQuery({
    queryKey: ['clone', namespace, from ?? ''],
    queryFn: ({ signal }) =>
      call('getRun', { params: { runId: from ?? '' }, query: { namespace }, signal }),
    enabled: from !== undefined && from !== '',
  });
  const error = dag.error ?? earlier.error;
  if (error !== null) return <ProblemBox error={error} />;
  if (dag.data === undefined || (earlier.isPending && earlier.isFetching)) return null;
  const given = earlier.data?.params;
  // What was typed for one DAG is not meant for another.
  const key = `${namespace}/${dagId}/${from ?? ''}`;
  return <Form key={key} dag={dag.data} from={from} given={given} onStarted={onStarted} />;
}

interface FormProps {
  readonly dag: DagDetailView;
  readonly from: string | undefined;
  readonly given: Readonly<Record<string, Json>> | undefined;
  readonly onStarted: (() => void) | undefined;
}

const noMore = { logicalDate: '', runId: '', priority: '' };

const givenOf = ({ logicalDate, runId, priority }: typeof noMore) => ({
  ...(logicalDate !== '' && { logicalDate }),
  ...(runId !== '' && { runId }),
  ...(priority !== '' && { priority: Number(priority) }),
});

function Form({ dag, from, given, onStarted }: FormProps) {
  const w = useWords(runFormWords);
  const go = useGo();
  const stay = useStay();
  const isShown = useIsShown();
  const namespace = useNamespace();
  const { params } = dag.spec;
  const [fields, setFields] = useState<FieldValues>(() => fieldsOf(params, given));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [more, setMore] = useState(noMore);
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { params: values, wrong } = useMemo(() => givenBy(params, fields), [params, fields]);
  const isWrong = Object.keys(wrong).length > 0;
  const plan = usePlan(dag, values, !isWrong);
  const error = refusal ?? plan.error ?? undefined;
  const names = Object.keys(params);
  const detail = error instanceof ApiProblem ? error.problem.detail : undefined;
  const blamed = detail === undefined ? undefined : paramNamed(detail, names);
  const faultOf = (name: string): string | undefined => {
    if (wrong[name] !== undefined) return wrong[name] === 'number' ? w.notNumber : w.notJson;
    const isSaid = refusal !== undefined || touched.has(name);
    return blamed === name && isSaid ? detail : undefined;
  };
  // Nobody is blamed for a field that they have not come to; the forecast says what it lacks.
  const silent = blamed !== undefined && faultOf(blamed) === undefined ? detail : undefined;
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setRefusal(undefined);
    try {
      const { runId } = await call('startRun', {
        params: { dagId: dag.dagId },
        query: { namespace },
        body: { params: values, ...givenOf(more) },
      });
      notifications.show({ message: w.started(runId) });
      // Whoever has closed the form has gone on to something else.
      if (!isShown()) return;
      onStarted?.();
      go(stay(runPath(runId)));
    } catch (problem) {
      setRefusal(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void start(event)}>
      <Stack gap="sm">
        <Remarks dag={dag} from={from} />
        {Object.entries(params).map(([name, spec]) => (
          <ParamField
            key={name}
            name={name}
            spec={spec}
            value={fields[name] ?? fieldOf(spec)}
            error={faultOf(name)}
            onChange={(value) => {
              setRefusal(undefined);
              setTouched((before) => new Set(before).add(name));
              setFields((before) => ({ ...before, [name]: value }));
            }}
          />
        ))}
        <Folded>
          <More values={more} onChange={setMore} />
        </Folded>
        {error !== undefined && blamed === undefined && <ProblemBox error={error} />}
        <Forecast plan={plan.data} isLooking={plan.isFetching} note={silent} />
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={isBusy}
            disabled={isWrong}
            leftSection={<Icon name="play" size={16} />}
          >
            {w.run}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Remarks({ dag, from }: Pick<FormProps, 'dag' | 'from'>) {
  const w = useWords(runFormWords);
  return (
    <>
      {from !== undefined && from !== '' && (
        <Text size="sm" c="dimmed" className="skein-name">
          {w.clonedFrom(from)}
        </Text>
      )}
      {dag.paused && (
        <Alert color="yellow" variant="light" p="xs">
          {w.paused}
        </Alert>
      )}
      {Object.keys(dag.spec.params).length === 0 && <Text c="dimmed">{w.noParams}</Text>}
    </>
  );
}

function Folded({ children }: { readonly children: ReactNode }) {
  const w = useWords(runFormWords);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          leftSection={<Icon name={isOpen ? 'down' : 'right'} size={14} />}
        >
          {w.more}
        </Button>
      </Group>
      <Collapse expanded={isOpen}>{children}</Collapse>
    </>
  );
}

interface MoreProps {
  readonly values: typeof noMore;
  readonly onChange: (values: typeof noMore) => void;
}

function More({ values, onChange }: MoreProps) {
  const w = useWords(runFormWords);
  return (
    <Group grow align="flex-start">
      <TextInput
        label={w.logicalDate}
        description={w.logicalDateHelp}
        placeholder="2026-01-31T03:00:00Z"
        value={values.logicalDate}
        onChange={(event) => onChange({ ...values, logicalDate: event.currentTarget.value })}
      />
      <TextInput
        label={w.runId}
        description={w.runIdHelp}
        value={values.runId}
        onChange={(event) => onChange({ ...values, runId: event.currentTarget.value })}
      />
      <TextInput
        label={w.priority}
        description={w.priorityHelp}
        type="number"
        min={-1000}
        max={1000}
        value={values.priority}
        onChange={(event) => onChange({ ...values, priority: event.currentTarget.value })}
      />
    </Group>
  );
}

/** The forecast of these params; the node checks them on the way. */
function usePlan(dag: DagDetailView, params: Readonly<Record<string, Json>>, isSendable: boolean) {
  const namespace = useNamespace();
  const [text] = useDebouncedValue(JSON.stringify(params), stillMs);
  return useQuery({
    queryKey: ['plan', namespace, dag.dagId, dag.versionId, text],
    queryFn: ({ signal }) => {
      const given: Record<string, Json> = JSON.parse(text);
      return call('planDag', {
        ...{ params: { dagId: dag.dagId }, query: { namespace }, body: { params: given } },
        signal,
      });
    },
    enabled: isSendable,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });
}

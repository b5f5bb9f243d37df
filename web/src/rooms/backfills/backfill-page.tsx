/** One backfill: how far it is, and what became of each date. */
import { Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { formatDuration } from '../../../../src/base/duration.ts';
import { type BackfillView, backfillView } from '../../../../src/model/views/backfill.ts';
import { dagPath, Link, runPath, useGo } from '../../app/link.tsx';
import { call, type Reply } from '../../data/api.ts';
import { useCluster, useTable, useVersion } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateLabel, StateSign, useStateWord } from '../../kit/state.tsx';
import { Empty } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { BackfillActions } from './backfill-actions.tsx';
import { matrixRows, stateCounts, timeLeftMs } from './matrix.ts';
import { BackfillBar, BackfillState } from './progress.tsx';
import { backfillsWords } from './words.ts';

type Run = Reply<'listRuns'>['items'][number];

/** Runs that are drawn. */
const drawnMax = 2_000;
const pageSize = 1_000;

/** The newest runs of a DAG that belong to the backfill. */
async function runsOf(row: BackfillView, signal: AbortSignal): Promise<readonly Run[]> {
  const found: Run[] = [];
  let cursor: string | undefined;
  do {
    const { namespace, dagId: dag, createdAt: since } = row;
    const query = { namespace, dag, since, limit: String(pageSize), cursor };
    const page = await call('listRuns', { query, signal });
    found.push(...page.items.filter(({ backfillId }) => backfillId === row.backfillId));
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined && found.length < drawnMax);
  return found;
}

export default function BackfillPage() {
  const w = useWords(backfillsWords);
  const { backfillId } = useParams({ strict: false });
  const { namespace } = usePrefs();
  const row = useTable('backfill').find(
    (it) => it.namespace === namespace && it.backfillId === backfillId,
  );
  if (row === undefined) return <Empty>{w.notFound}</Empty>;
  return <OneBackfill row={backfillView(row)} />;
}

function OneBackfill({ row }: { readonly row: BackfillView }) {
  const w = useWords(backfillsWords);
  const now = useNow();
  const version = useVersion(useCluster(), 'run');
  const { data: runs } = useQuery<readonly Run[]>({
    queryKey: ['backfill-runs', row.namespace, row.backfillId, Math.floor(version / 4), row.active],
    placeholderData: (before) => before,
    queryFn: ({ signal }) => runsOf(row, signal),
  });
  const left = timeLeftMs({
    ...{ createdAt: Date.parse(row.createdAt), now, total: row.total },
    ended: row.succeeded + row.failed,
  });
  return (
    <Stack>
      <PageHead
        title={<bdi>{w.backfill(row.backfillId)}</bdi>}
        about={
          <Group gap="sm" component="span">
            <Link to={dagPath(row.dagId)} className="skein-name">
              {row.dagId}
            </Link>
            <BackfillState {...row} />
            <span>{`${row.from.slice(0, 16)} – ${row.to.slice(0, 16)} UTC`}</span>
            <span>
              {w.created} <Time at={row.createdAt} /> · <bdi>{row.createdBy}</bdi>
            </span>
          </Group>
        }
        actions={
          <>
            <RetryFailed runs={runs ?? []} />
            <BackfillActions row={row} />
          </>
        }
      />
      <div style={{ maxWidth: 620 }}>
        <BackfillBar row={row} />
        {left !== undefined && row.state === 'running' && (
          <Text size="sm">{w.eta(formatDuration(left))}</Text>
        )}
      </div>
      <Matrix runs={runs ?? []} notYet={row.total - row.started} />
    </Stack>
  );
}

function RetryFailed({ runs }: { readonly runs: readonly Run[] }) {
  const w = useWords(backfillsWords);
  const failed = runs.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return null;
  const retry = async (): Promise<void> => {
    for (const { runId, namespace } of failed) {
      await call('rerun', { params: { runId }, query: { namespace }, body: { failedOnly: true } });
    }
  };
  return (
    <ConfirmButton
      label={w.retry}
      says={w.retrySays(failed.length)}
      done={w.retried(failed.length)}
      size="sm"
      onConfirm={retry}
    />
  );
}

interface MatrixProps {
  readonly runs: readonly Run[];
  readonly notYet: number;
}

function Matrix({ runs, notYet }: MatrixProps) {
  const w = useWords(backfillsWords);
  const go = useGo();
  const drawn = runs.slice(0, drawnMax);
  const rows = matrixRows(drawn);
  const wordOf = useStateWord();
  return (
    <Stack gap="xs" component="section" aria-label={w.matrix}>
      <Group gap="md">
        {[...stateCounts(runs)].map(([state, count]) => (
          <Group key={state} gap={6}>
            <StateLabel state={state} />
            <Text size="sm">{count}</Text>
          </Group>
        ))}
        {notYet > 0 && <Text size="sm" c="dimmed">{`${w.notYet} ${notYet}`}</Text>}
      </Group>
      {rows.length === 0 && <Empty>{w.noRuns}</Empty>}
      {rows.map(({ name, cells }) => (
        <Group key={name} gap="sm" wrap="nowrap" align="flex-start">
          <Text size="xs" c="dimmed" w={80} style={{ flex: 'none' }} pt={3}>
            {name}
          </Text>
          <Group gap={3}>
            {cells.map(({ runId, state, at, short }) => (
              <UnstyledButton
                key={runId}
                onClick={() => go(runPath(runId))}
                aria-label={`${short} (${at.slice(0, 16)}) ${wordOf(state)}`}
                title={`${at.slice(0, 16)} ${wordOf(state)}\n${runId}`}
                style={{ textAlign: 'center', minWidth: 22, lineHeight: 1 }}
              >
                <StateSign state={state} size={18} />
                <Text fz={9} c="dimmed" component="span" display="block">
                  {short}
                </Text>
              </UnstyledButton>
            ))}
          </Group>
        </Group>
      ))}
      {runs.length > drawnMax && (
        <Text size="sm" c="dimmed">
          {w.leftOut(runs.length - drawnMax)}
        </Text>
      )}
    </Stack>
  );
}

/** The versions of a DAG: what differs between two, which one new runs take, a canary. */
import { Badge, Group, NumberInput, Radio, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { DagDetailView } from '../../../../src/model/views/dag.ts';
import { useSearchParams } from '../../app/search.ts';
import { call, type Reply } from '../../data/api.ts';
import { useAnswer, useTable } from '../../data/hooks.ts';
import { trusted } from '../../data/wire.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { DiffView } from './code-view.tsx';
import { definitionText, type TextKind } from './definition-text.ts';
import { FormatChoice } from './source-tab.tsx';
import { sourceWords } from './source-words.ts';
import type { TabProps } from './tab-props.ts';

type Version = Reply<'listVersions'>['items'][number];

const short = (versionId: string): string => versionId.slice(0, 12);
const noVersions: readonly Version[] = [];

export default function VersionsTab({ dag }: TabProps) {
  const w = useWords(sourceWords);
  const [search, change] = useSearchParams();
  const { namespace, dagId } = dag;
  const asked = useMemo(() => ({ params: { dagId }, query: { namespace } }), [dagId, namespace]);
  const { data, error } = useAnswer('listVersions', asked, ['dag']);
  const versions = data?.items ?? noVersions;
  const known = (id: string | undefined): string | undefined =>
    versions.find(({ versionId }) => versionId === id)?.versionId;
  const after = known(search.after) ?? dag.versionId;
  const place = versions.findIndex(({ versionId }) => versionId === after);
  const older = versions[place + 1] ?? versions.find(({ versionId }) => versionId !== after);
  const before = known(search.before) ?? older?.versionId;
  const kind: TextKind = search.as === 'json' ? 'json' : 'yaml';
  if (error !== null) return <ProblemBox error={error} />;
  return (
    <Stack gap="sm">
      <Canary dag={dag} />
      <Table aria-label={w.versions} verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={60}>{w.before}</Table.Th>
            <Table.Th w={60}>{w.after}</Table.Th>
            <Table.Th w={220}>{w.version}</Table.Th>
            <Table.Th w={180}>{w.createdAt}</Table.Th>
            <Table.Th>{w.createdBy}</Table.Th>
            <Table.Th w={80} ta="right">
              {w.tasks}
            </Table.Th>
            <Table.Th w={190}>{w.actions}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((version) => (
            <VersionRow
              key={version.versionId}
              dag={dag}
              version={version}
              isBefore={version.versionId === before}
              isAfter={version.versionId === after}
              onChoose={change}
            />
          ))}
        </Table.Tbody>
      </Table>
      {before === undefined ? (
        <Text c="dimmed" size="sm">
          {w.onlyOne}
        </Text>
      ) : (
        <Difference dag={dag} before={before} after={after} kind={kind} />
      )}
    </Stack>
  );
}

interface VersionRowProps {
  readonly dag: DagDetailView;
  readonly version: Version;
  readonly isBefore: boolean;
  readonly isAfter: boolean;
  readonly onChoose: (changes: Readonly<Record<string, string>>) => void;
}

function VersionRow({ dag, version, isBefore, isAfter, onChoose }: VersionRowProps) {
  const w = useWords(sourceWords);
  const { versionId } = version;
  return (
    <Table.Tr>
      <Table.Td>
        <Radio
          size="xs"
          name="before"
          aria-label={`${w.before} ${short(versionId)}`}
          checked={isBefore}
          onChange={() => onChoose({ before: versionId })}
        />
      </Table.Td>
      <Table.Td>
        <Radio
          size="xs"
          name="after"
          aria-label={`${w.after} ${short(versionId)}`}
          checked={isAfter}
          onChange={() => onChoose({ after: versionId })}
        />
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          <span className="skein-mono">{short(versionId)}</span>
          {version.current && (
            <Badge size="xs" variant="light" tt="none">
              {w.current}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <Time at={version.createdAt} />
      </Table.Td>
      <Table.Td>
        <span className="skein-name">{version.createdBy}</span>
      </Table.Td>
      <Table.Td ta="right">{version.tasks}</Table.Td>
      <Table.Td>{!version.current && <VersionActions dag={dag} versionId={versionId} />}</Table.Td>
    </Table.Tr>
  );
}

interface VersionActionsProps {
  readonly dag: DagDetailView;
  readonly versionId: string;
}

function VersionActions({ dag, versionId }: VersionActionsProps) {
  const w = useWords(sourceWords);
  const { dagId, namespace } = dag;
  const [share, setShare] = useState<number | string>(10);
  const [failures, setFailures] = useState<number | string>(50);
  const name = short(versionId);
  return (
    <Group gap={6} wrap="nowrap">
      <ConfirmButton
        label={w.promote}
        name={w.promoteOf(name)}
        title={w.promoteTitle(name)}
        says={w.promoteSays}
        done={w.promoted(name)}
        onConfirm={() =>
          call('promoteVersion', { params: { dagId, version: versionId }, query: { namespace } })
        }
      />
      <ConfirmButton
        label={w.startCanary}
        name={w.canaryOf(name)}
        title={w.canaryTitle(name)}
        says={
          <>
            <Text size="sm">{w.canarySays}</Text>
            <NumberInput label={w.share} value={share} onChange={setShare} min={0} max={100} />
            <NumberInput
              label={w.failureMax}
              value={failures}
              onChange={setFailures}
              min={0}
              max={100}
            />
          </>
        }
        done={w.canaryStarted(name)}
        onConfirm={() =>
          call('startCanary', {
            params: { dagId },
            query: { namespace },
            body: {
              version: versionId,
              share: Number(share) / 100,
              failureRateMax: failures === '' ? null : Number(failures) / 100,
            },
          })
        }
      />
    </Group>
  );
}

function Canary({ dag }: TabProps) {
  const w = useWords(sourceWords);
  const { dagId, namespace } = dag;
  const canary = useTable('dag').find(
    (row) => row.namespace === namespace && row.dagId === dagId,
  )?.canary;
  if (canary === undefined) return null;
  return (
    <Group gap="sm">
      <Badge color="grape" variant="light" tt="none">
        {w.canary} {short(canary.versionId)}
        {canary.share === null ? '' : ` ${Math.round(canary.share * 100)} %`}
      </Badge>
      <Text size="sm">{w.canaryState(canary.started, canary.succeeded, canary.failed)}</Text>
      <ConfirmButton
        label={w.endCanary}
        title={w.endTitle}
        says={w.endSays}
        done={w.canaryEnded}
        onConfirm={() => call('endCanary', { params: { dagId }, query: { namespace } })}
      />
    </Group>
  );
}

interface DifferenceProps {
  readonly dag: DagDetailView;
  readonly before: string;
  readonly after: string;
  readonly kind: TextKind;
}

function Difference({ dag, before, after, kind }: DifferenceProps) {
  const w = useWords(sourceWords);
  const [, change] = useSearchParams();
  const left = useDefinition(dag, before, kind);
  const right = useDefinition(dag, after, kind);
  const error = left.error ?? right.error;
  if (error !== null) return <ProblemBox error={error} />;
  if (left.data === undefined || right.data === undefined) return null;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <FormatChoice kind={kind} onChange={(as) => change({ as })} />
        <Text size="sm" className="skein-mono">
          {short(before)} → {short(after)}
        </Text>
        {left.data === right.data && <Text size="sm">{w.same}</Text>}
      </Group>
      <DiffView
        before={left.data}
        after={right.data}
        kind={kind}
        labels={[`${w.before} ${short(before)}`, `${w.after} ${short(after)}`]}
      />
    </Stack>
  );
}

/** A version never changes: it is asked for once. */
function useDefinition({ namespace, dagId }: DagDetailView, version: string, kind: TextKind) {
  return useQuery({
    queryKey: ['definition', namespace, dagId, version],
    queryFn: async ({ signal }) => {
      const query = { namespace, version };
      const found = await call('getDag', { params: { dagId }, query, signal });
      return trusted<DagDetailView>(found).spec;
    },
    select: (spec) => definitionText(dagId, spec, kind),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

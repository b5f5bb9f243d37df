/** The run form as a page of its own: `/dags/$dagId/run?from=RUN`. */
import { Card, Stack, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { dagPath, Link } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useWords } from '../../kit/words.ts';
import { RunForm } from './run-form.tsx';
import { runFormWords } from './words.ts';

export default function RunFormPage() {
  const w = useWords(runFormWords);
  const { dagId = '' } = useParams({ strict: false });
  const [search] = useSearchParams();
  return (
    <Stack maw={720}>
      <Stack gap={0}>
        <Link to={dagPath(dagId)} size="sm" className="skein-name">
          {dagId}
        </Link>
        <Title order={1} size="h3" className="skein-name">
          {w.title(dagId)}
        </Title>
      </Stack>
      <Card withBorder>
        <RunForm dagId={dagId} from={search.from} />
      </Card>
    </Stack>
  );
}

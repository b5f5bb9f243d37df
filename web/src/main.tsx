/** The page begins: one follower of the cluster's rows, and the rooms that show them. */
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/app.css';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { followedTables } from '../../src/api/contract-follow-tables.ts';
import { loadRoomsWhenIdle, router } from './app/router.tsx';
import { Themed } from './app/theme.tsx';
import { ApiProblem } from './data/api-problem.ts';
import { follow } from './data/follow.ts';
import { ClusterRows } from './data/hooks.ts';
import { followNodes } from './data/node-rows.ts';
import { PrefsProvider } from './kit/prefs.tsx';

const follower = follow({ kind: 'tables', tables: followedTables });
followNodes(follower);

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Rows say when an answer is old; nothing is asked for because time passes.
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => !(error instanceof ApiProblem) && failures < 3,
    },
  },
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <PrefsProvider>
      <Themed>
        <QueryClientProvider client={client}>
          <ClusterRows value={follower}>
            <Notifications position="top-right" />
            <RouterProvider router={router} />
          </ClusterRows>
        </QueryClientProvider>
      </Themed>
    </PrefsProvider>,
  );
  void loadRoomsWhenIdle();
}

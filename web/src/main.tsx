/** The page begins: one follower of the cluster's rows, and the rooms that show them. */
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/app.css';
import { createTheme, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { followedTables } from '../../src/api/contract-follow-tables.ts';
import { loadRoomsWhenIdle, router } from './app/router.tsx';
import { ApiProblem } from './data/api-problem.ts';
import { follow } from './data/follow.ts';
import { ClusterRows } from './data/hooks.ts';
import { followNodes } from './data/node-rows.ts';
import { PrefsProvider } from './kit/prefs.tsx';

const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 6 },
  defaultRadius: 'sm',
  // What stands on a filled ground is black or white, whichever can be read.
  autoContrast: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
});

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
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <ClusterRows value={follower}>
          <PrefsProvider>
            <Notifications position="top-right" />
            <RouterProvider router={router} />
          </PrefsProvider>
        </ClusterRows>
      </QueryClientProvider>
    </MantineProvider>,
  );
  void loadRoomsWhenIdle();
}

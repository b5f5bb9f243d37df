/** Links within the page, by a plain address: `/runs/manual-1?tab=graph`. */
import { Anchor, type AnchorProps } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

interface LinkProps extends Omit<AnchorProps, 'href'> {
  readonly to: string;
  readonly children: ReactNode;
  readonly 'aria-label'?: string;
  readonly title?: string;
}

/** Whether the browser has something of its own to do with this click: a new tab, a download… */
const isBrowsers = (event: MouseEvent): boolean =>
  event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

export function Link({ to, children, ...props }: LinkProps) {
  const go = useGo();
  return (
    <Anchor
      inherit
      {...props}
      href={to}
      onClick={(event) => {
        if (isBrowsers(event)) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </Anchor>
  );
}

/** Goes to an address of the page. */
export function useGo(): (to: string) => void {
  const { history } = useRouter();
  return (to) => history.push(to);
}

/** `seg('a b')` -> `a%20b`: ids in addresses. */
export const seg = encodeURIComponent;

export const runPath = (runId: string, search = ''): string => `/runs/${seg(runId)}${search}`;
export const dagPath = (dagId: string, search = ''): string => `/dags/${seg(dagId)}${search}`;

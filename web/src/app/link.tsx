/** Links within the page, by a plain address: `/runs/manual-1?tab=graph`. */
import { Anchor, type AnchorProps } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useSearchParams } from './search.ts';

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
  const href = useStay()(to);
  return (
    <Anchor
      inherit
      {...props}
      href={href}
      onClick={(event) => {
        if (isBrowsers(event)) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </Anchor>
  );
}

/**
 * Goes to an address of the page. What was changed in the one that is left is kept first, as by a
 * dialog whose work is done: Back does not open it again.
 */
export function useGo(): (to: string) => void {
  const { history } = useRouter();
  return (to) => {
    history.flush();
    history.push(to);
  };
}

/** A page of one namespace, which its address may name. */
const ofNamespace = /^\/(runs|dags)(?=[/?]|$)/;

/** The way to runs and DAGs from a page whose address names a namespace: it stays in that. */
export function useStay(): (to: string) => string {
  const [{ namespace }] = useSearchParams();
  return (to) => {
    if (namespace === undefined || !ofNamespace.test(to)) return to;
    const { pathname, searchParams } = new URL(to, window.location.origin);
    if (!searchParams.has('namespace')) searchParams.set('namespace', namespace);
    return `${pathname}?${searchParams}`;
  };
}

/** `seg('a b')` -> `a%20b`: ids in addresses. */
export const seg = encodeURIComponent;

export const runPath = (runId: string, search = ''): string => `/runs/${seg(runId)}${search}`;
export const dagPath = (dagId: string, search = ''): string => `/dags/${seg(dagId)}${search}`;

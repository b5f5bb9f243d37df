/** A real browser for tests and benches of the page: Debian’s Chromium, driven by Playwright. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = process.env.SKEIN_CHROMIUM ?? '/usr/bin/chromium';

/** Chromium has a mind to look for its maker, which a closed network only slows down. */
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface Browser {
  /** A fresh page; what its console complains about, and what it throws, is kept. */
  page(options?: PageOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly locale?: string;
  /** Nothing fades in: what is looked at is as it stays. */
  readonly reducedMotion?: 'reduce';
  /** For a page that a test puts a script of its own into. */
  readonly bypassCSP?: boolean;
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console and of scripts, but for failed requests to a node that is gone. */
  readonly errors: string[];
}

export async function openBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'skein-browser-'));
  const browser = await chromium.launch({
    executablePath,
    args,
    env: { ...process.env, TMPDIR: folder },
  });
  const contexts: BrowserContext[] = [];
  return {
    page: async ({ width = 1280, height = 800, ...options } = {}) => {
      const context = await browser.newContext({
        ...{ viewport: { width, height }, timezoneId: 'UTC' },
        ...{ colorScheme: 'light', locale: 'en-GB', ...options },
      });
      contexts.push(context);
      return watched(await context.newPage());
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function watched(page: Page): WatchedPage {
  const errors: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
      errors.push(text);
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return { page, errors };
}

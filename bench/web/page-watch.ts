/** What a page costs: when it shows something, what holds it up, how much memory it takes. */
import type { Page } from 'playwright-core';

/** Runs in the page before any of its own code: keeps what the browser tells only once. */
export const watchScript = `
  window.skeinBench = { longTasks: [], paintedMs: undefined };
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) window.skeinBench.longTasks.push(each.duration);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) {
      if (each.name === 'first-contentful-paint') window.skeinBench.paintedMs = each.startTime;
    }
  }).observe({ type: 'paint', buffered: true });
`;

export interface PageCost {
  /** From the begin of the navigation, in milliseconds. */
  readonly paintedMs: number;
  readonly shownMs: number;
  /** Of those above 50 ms, while the page was scrolled: the longest; 0: none. */
  readonly longTaskMs: number;
  readonly heapMb: number;
}

interface Kept {
  readonly longTasks: readonly number[];
  readonly paintedMs: number | undefined;
}

const kept = (page: Page): Promise<Kept> => page.evaluate('window.skeinBench');

/** Opens an address and waits for what it is opened for; then scrolls it with the wheel. */
export async function costOf(
  page: Page,
  {
    url,
    shows,
    scrolls,
  }: { readonly url: string; readonly shows: string; readonly scrolls: boolean },
): Promise<PageCost> {
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator(shows).first().waitFor({ state: 'visible', timeout: 60_000 });
  const shownMs: number = await page.evaluate('performance.now()');
  // Code of other rooms is loaded behind what is shown.
  await page.waitForLoadState('networkidle').catch(() => {});
  const longTaskMs = scrolls ? await scroll(page, shows) : 0;
  const { paintedMs = Number.NaN } = await kept(page);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { paintedMs, shownMs, longTaskMs, heapMb: usedSize / 2 ** 20 };
}

const wheelSteps = 60;
const wheelEveryMs = 40;

async function scroll(page: Page, over: string): Promise<number> {
  const before = (await kept(page)).longTasks.length;
  const box = await page.locator(over).first().boundingBox();
  await page.mouse.move((box?.x ?? 400) + 5, (box?.y ?? 400) + 5);
  for (let step = 0; step < wheelSteps; step++) {
    await page.mouse.wheel(step % 3 === 0 ? 300 : 0, 400);
    await page.waitForTimeout(wheelEveryMs);
  }
  return Math.max(0, ...(await kept(page)).longTasks.slice(before));
}

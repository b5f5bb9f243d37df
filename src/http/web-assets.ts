/**
 * The web page: the files that the build has put into one folder, from the memory of the node after
 * their first use. Only names that were found there at the start are ever read.
 *
 * Every address that is not the API's is a place within the page, so that links go deep: whoever
 * asks for a document there gets the page itself.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Where `npm run build` puts the page: beside the compiled `src`. */
export const builtWeb = fileURLToPath(new URL('../../web', import.meta.url));

/** Files of this folder are named after their content. */
const namedByContent = '/assets/';

const keptForEver = 'public, max-age=31536000, immutable';

export class WebAssets {
  readonly #folder: string;
  /** `/assets/page-1a2b.js` -> its bytes, once they were asked for. */
  readonly #files = new Map<string, Promise<Buffer> | undefined>();

  /** A folder that is not there is one without files. */
  constructor(folder: string) {
    this.#folder = folder;
    for (const name of namesIn(folder)) this.#files.set(`/${name.split(sep).join('/')}`, undefined);
  }

  /** Undefined: there is no such file, and nobody asks for a document. */
  async answer(request: Request, origins: Iterable<string>): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    const isFile = this.#files.has(pathname) && !pathname.endsWith('.gz');
    if (!isFile && !asksForDocument(request, pathname)) return undefined;
    const path = isFile ? pathname : '/index.html';
    if (!this.#files.has(path)) return undefined;
    const zipped = acceptsGzip(request) && this.#files.has(`${path}.gz`);
    const bytes = await this.#read(zipped ? `${path}.gz` : path);
    const headers = {
      'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
      'content-length': String(bytes.length),
      'cache-control': path.startsWith(namedByContent) ? keptForEver : 'no-cache',
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...(zipped && { 'content-encoding': 'gzip' }),
      ...(path.endsWith('.html') && { 'content-security-policy': policy(origins) }),
    };
    return new Response(request.method === 'HEAD' ? null : bytes, { headers });
  }

  #read(path: string): Promise<Buffer> {
    const known = this.#files.get(path) ?? readFile(join(this.#folder, path));
    this.#files.set(path, known);
    // One that could not be read is tried again.
    known.catch(() => this.#files.set(path, undefined));
    return known;
  }
}

/**
 * The page runs its own code only, is in nobody's frame, and talks to the nodes of its cluster:
 * when the node that served it dies, it goes on with another. The component library sets styles on
 * elements, hence `unsafe-inline` for them.
 */
const policy = (origins: Iterable<string>): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const asksForDocument = ({ method, headers }: Request, pathname: string): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  !pathname.startsWith('/api/') &&
  (headers.get('accept') ?? '').includes('text/html');

const acceptsGzip = ({ headers }: Request): boolean =>
  /\bgzip\b/.test(headers.get('accept-encoding') ?? '');

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}

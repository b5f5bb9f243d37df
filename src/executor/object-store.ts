/**
 * An S3-compatible store of objects: put, get, list and remove, and nothing else that such stores
 * know. What goes wrong is a rejected promise: a network lies between. The client is loaded when a
 * store is first opened.
 */

export interface ObjectStoreSettings {
  /** `https://s3.example.org`, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ObjectStore {
  /** Whole, or not at all; takes the place of what was there. */
  put(key: string, bytes: Uint8Array, type?: string): Promise<void>;
  /** Undefined: there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** The keys that begin so, slashes or not; at most `keysMax`, in no order. */
  list(prefix: string, keysMax: number): Promise<readonly string[]>;
  /** What is not there is fine. */
  remove(key: string): Promise<void>;
}

/** Of one request: an object here has a few megabytes. */
const requestMsMax = 30_000;

export async function openObjectStore(settings: ObjectStoreSettings): Promise<ObjectStore> {
  const { S3mini } = await import('s3mini');
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = settings;
  const client = new S3mini({
    ...{ region, accessKeyId, secretAccessKey, requestAbortTimeout: requestMsMax },
    fetch: withoutLength,
    endpoint: `${endpoint.replace(/\/+$/, '')}/${bucket}`,
  });
  return {
    async put(key, bytes, type = 'application/octet-stream') {
      const reply = await client.putObject(key, Buffer.from(bytes), type);
      if (!reply.ok) throw new Error(`the store answered ${reply.status} to a put`);
    },
    async get(key) {
      const found = await client.getObjectArrayBuffer(key);
      return found === null ? undefined : new Uint8Array(found);
    },
    async list(prefix, keysMax) {
      // The first argument is the path of the request; nothing is grouped by it.
      const found = await client.listObjects('/', prefix, keysMax);
      if (found === null) throw new Error('the store has no such bucket');
      return found.map(({ Key }) => Key);
    },
    async remove(key) {
      await client.deleteObject(key);
    },
  };
}

/** Why a call was rejected: `fetch failed` says nothing, and the cause stands behind it. */
export function storeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause === undefined ? message : `${message}: ${storeFault(cause)}`;
}

/**
 * `fetch` says the length of a body by itself. Said twice it is refused where the undici of our
 * packages, which is newer than that of Node, has put its dispatcher in the place of Node's.
 */
const withoutLength: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.delete('content-length');
  return fetch(input, { ...init, headers });
};

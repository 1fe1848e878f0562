/** A hub on this machine: serves a made-up repository by the paths that hubs use, large files from a second address, and misbehaves. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What one request gets instead of, or in the middle of, its proper answer. */
export type Misbehaviour =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The proper head, then this many bytes of the body, then the connection is torn. */
  | { readonly cutAfter: number }
  /** As `cutAfter`, but the connection stays open and silent. */
  | { readonly hangAfter: number }
  /** The proper length, every byte changed. */
  | { readonly changed: true }
  /** Without a length in the head, this many bytes and a proper end. */
  | { readonly endsAfter: number }
  /** Every byte, without a length in the head, then the connection is torn. */
  | { readonly tornAtEnd: true }
  /** More bytes than were announced anywhere, without a length in the head. */
  | { readonly surplus: number }
  /** Whole, whatever part was asked for. */
  | { readonly ignoresRange: true };

export interface HubRequest {
  /** `store`: the second address, where large files lie. */
  readonly kind: 'info' | 'tree' | 'resolve' | 'store' | 'other';
  /** The file's name; for others the path. */
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
  readonly encoding: string | null;
}

export interface HubOptions {
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly repository?: string;
  /** Revision -> commit. */
  readonly revisions?: Record<string, string>;
  /** Files of at least this many bytes lie at the second address, known by their sha256. */
  readonly largeFrom?: number;
  /** Without it 401, with another 403. */
  readonly token?: string;
  readonly entriesPerPage?: number;
  /** Entries that the listing holds besides the files, as they are. */
  readonly extraEntries?: readonly unknown[];
  readonly misbehave?: (request: HubRequest) => Misbehaviour | null;
}

export interface HubServer {
  readonly url: string;
  /** In the order they came. */
  readonly requests: readonly HubRequest[];
  /** Takes both addresses off the network. */
  readonly close: () => Promise<void>;
}

export const someCommit = 'c0ffee0'.padEnd(40, '0');

/** Closed when the test ends. */
export async function startHub(options: HubOptions): Promise<HubServer> {
  const requests: HubRequest[] = [];
  const hub = new Hub(options, requests);
  const store = await listen((request, response) => hub.serveStore(request, response));
  hub.storeUrl = urlOf(store);
  const front = await listen((request, response) => hub.serveFront(request, response));
  hub.url = urlOf(front);
  const close = async (): Promise<void> => {
    await Promise.all([front, store].map(stop));
  };
  onTestFinished(close);
  return { url: hub.url, requests, close };
}

const listen = (serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(serve);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // Listening: no pipe.

class Hub {
  url = '';
  storeUrl = '';
  private readonly files: ReadonlyMap<string, Buffer>;
  private readonly options: HubOptions;
  private readonly requests: HubRequest[];

  constructor(options: HubOptions, requests: HubRequest[]) {
    this.options = options;
    this.requests = requests;
    this.files = new Map(Object.entries(options.files).map(([name, content]) => [name, Buffer.from(content)]));
  }

  serveFront(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const repository = this.options.repository ?? 'owner/name';
    const info = `/api/models/${repository}/revision/`;
    const tree = `/api/models/${repository}/tree/`;
    const resolve = `/${repository}/resolve/`;
    if (pathname.startsWith(info)) {
      const revision = decodeURIComponent(pathname.slice(info.length));
      this.answer(request, response, 'info', revision, () => this.json(response, this.info(revision)));
    } else if (pathname.startsWith(tree)) {
      const page = Number(searchParams.get('cursor') ?? 0);
      this.answer(request, response, 'tree', pathname.slice(tree.length), () => this.tree(response, pathname, page));
    } else if (pathname.startsWith(resolve)) {
      const name = pathname.slice(resolve.length).split('/').slice(1).join('/');
      this.answer(request, response, 'resolve', name, (misbehaviour) => this.resolve(request, response, name, misbehaviour));
    } else this.answer(request, response, 'other', pathname, () => this.json(response, null));
  }

  serveStore(request: IncomingMessage, response: ServerResponse): void {
    const name = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname.slice(1));
    const content = this.files.get(name)!;
    this.answer(request, response, 'store', name, (misbehaviour) => sendFile(request, response, content, misbehaviour));
  }

  private answer(
    request: IncomingMessage,
    response: ServerResponse,
    kind: HubRequest['kind'],
    path: string,
    proper: (misbehaviour: Misbehaviour | null) => void,
  ): void {
    const { range = null, authorization = null, 'accept-encoding': encoded } = request.headers;
    const noted: HubRequest = { kind, path, range, authorization, encoding: typeof encoded === 'string' ? encoded : null };
    this.requests.push(noted);
    const misbehaviour = this.options.misbehave?.(noted) ?? null;
    if (misbehaviour !== null && 'status' in misbehaviour) {
      response.writeHead(misbehaviour.status, { 'content-type': 'text/html', ...misbehaviour.headers }).end(misbehaviour.body ?? '');
      return;
    }
    const { token } = this.options;
    if (token !== undefined && kind !== 'store' && authorization !== `Bearer ${token}`) {
      response.writeHead(authorization === null ? 401 : 403).end();
      return;
    }
    proper(misbehaviour);
  }

  private json(response: ServerResponse, value: unknown): void {
    if (value === null) response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  private info(revision: string): unknown {
    const revisions = this.options.revisions ?? { main: someCommit };
    const commit = revisions[revision] ?? Object.values(revisions).find((sha) => sha === revision);
    return commit === undefined ? null : { _id: '1', id: this.options.repository ?? 'owner/name', sha: commit };
  }

  private tree(response: ServerResponse, pathname: string, page: number): void {
    const entries = [...[...this.files].map(([path, content]) => this.entry(path, content)), ...(this.options.extraEntries ?? [])];
    const { entriesPerPage = entries.length } = this.options;
    const next = (page + 1) * entriesPerPage;
    if (next < entries.length) response.setHeader('link', `<${this.url}${pathname}?cursor=${page + 1}>; rel="next"`);
    this.json(response, entries.slice(page * entriesPerPage, next));
  }

  private entry(path: string, content: Buffer): unknown {
    const pointer = `version of ${path}`;
    const size = content.length;
    if (!this.isLarge(content)) return { type: 'file', path, size, oid: gitBlob(content) };
    const oid = createHash('sha256').update(content).digest('hex');
    return { type: 'file', path, size, oid: gitBlob(Buffer.from(pointer)), lfs: { oid, size, pointerSize: pointer.length } };
  }

  private isLarge(content: Buffer): boolean {
    return content.length >= (this.options.largeFrom ?? 1000);
  }

  private resolve(request: IncomingMessage, response: ServerResponse, name: string, misbehaviour: Misbehaviour | null): void {
    const content = this.files.get(name);
    if (content === undefined) this.json(response, null);
    else if (this.isLarge(content)) response.writeHead(302, { location: `${this.storeUrl}/${encodeURIComponent(name)}?signature=s` }).end();
    else sendFile(request, response, content, misbehaviour);
  }
}

const gitBlob = (content: Buffer): string => createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer, misbehaviour: Misbehaviour | null): void {
  const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const isPart = asked !== null && !(misbehaviour !== null && 'ignoresRange' in misbehaviour);
  const [from, to] = isPart ? [Number(asked[1]), Math.min(Number(asked[2]) + 1, content.length)] : [0, content.length];
  if (from >= content.length && isPart) {
    response.writeHead(416).end();
    return;
  }
  const part = content.subarray(from, to);
  if (isPart) response.setHeader('content-range', `bytes ${from}-${to - 1}/${content.length}`);
  response.statusCode = isPart ? 206 : 200;
  const announce = (): unknown => response.setHeader('content-length', part.length);
  if (misbehaviour === null || 'ignoresRange' in misbehaviour || 'status' in misbehaviour) {
    announce();
    response.end(part);
  } else if ('changed' in misbehaviour) {
    announce();
    response.end(part.map((byte) => byte ^ 0xff));
  } else if ('surplus' in misbehaviour) {
    response.end(Buffer.concat([part, Buffer.alloc(misbehaviour.surplus)]));
  } else if ('endsAfter' in misbehaviour) {
    response.end(part.subarray(0, misbehaviour.endsAfter));
  } else if ('tornAtEnd' in misbehaviour) {
    response.write(part, () => response.destroy());
  } else if ('hangAfter' in misbehaviour) {
    announce();
    response.write(part.subarray(0, misbehaviour.hangAfter));
  } else {
    announce();
    response.write(part.subarray(0, misbehaviour.cutAfter), () => response.destroy());
  }
}

/** The only place that opens connections: redirects, sizes and tokens are watched here, whatever the library above asks for. */
import { HubFault, networkFault, statusFault } from './faults.ts';

const MAX_REDIRECTS = 5;
/** A page of a listing is at most 1,000 entries. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

export interface Requests {
  /** For answers in JSON: read whole, within a bound, and known to be JSON. Rejects with a HubFault. */
  readonly answer: typeof fetch;
  /** For a file's bytes: streamed. What goes wrong arrives as the body's error, because the library passes on no more than a text. */
  readonly content: typeof fetch;
}

export function makeRequests(endpoint: string, signal?: AbortSignal): Requests {
  const home = new URL(endpoint).origin;
  return {
    async answer(input, init) {
      const { response, url } = await follow(input, init ?? {}, home, signal);
      const body = await readBounded(response, url, signal);
      if (!isJson(body)) {
        const type = response.headers.get('content-type') ?? 'something';
        throw new HubFault('wrong', `${url.origin}${url.pathname} sent ${type} that is no JSON: a login page, or no hub`);
      }
      return new Response(body, { status: response.status, headers: response.headers });
    },
    async content(input, init) {
      try {
        const headers = new Headers(init?.headers);
        // Lengths and ranges must be the file's.
        headers.set('accept-encoding', 'identity');
        const { response, url } = await follow(input, { ...init, headers }, home, signal);
        checkRange(response, url, headers.get('range'));
        return response;
      } catch (error) {
        return new Response(new ReadableStream({ start: (body) => body.error(error) }));
      }
    },
  };
}

interface Answered {
  readonly response: Response;
  readonly url: URL;
}

/** Only an answer of success comes back. The token goes to the hub itself, never to where it points. */
async function follow(input: string | URL | Request, init: RequestInit, home: string, signal?: AbortSignal): Promise<Answered> {
  let url = new URL(input instanceof Request ? input.url : input);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const headers = new Headers(init.headers);
    if (url.origin !== home) headers.delete('authorization');
    const response = await connect(url, { ...init, headers, redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      if (response.ok) return { response, url };
      await response.body?.cancel();
      throw statusFault(response, url);
    }
    await response.body?.cancel();
    url = redirected(url, location);
  }
  throw new HubFault('wrong', `${url.origin} redirects more than ${MAX_REDIRECTS} times`);
}

async function connect(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw networkFault(url.host, error);
  }
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  if (to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:')) return to;
  throw new HubFault('wrong', `${from.origin} redirects to ${to === null ? 'no address' : to.protocol}`);
}

async function readBounded(response: Response, url: URL, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new HubFault('wrong', `${url.origin}${url.pathname} sent more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof HubFault ? error : networkFault(url.host, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A part was asked for: it must be that part. A whole file's length is checked by whoever counts its bytes. */
function checkRange(response: Response, url: URL, range: string | null): void {
  if (range === null) return;
  const wanted = /^bytes=(\d+)-/.exec(range)?.[1];
  const sent = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && sent === wanted) return;
  throw new HubFault('wrong', `${url.origin} does not serve parts of files (asked for ${range}, got status ${response.status})`);
}

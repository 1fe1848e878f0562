/** What can go wrong between us and a hub, and which of it is worth another try. */

/**
 * - `unreachable`: no connection could be made.
 * - `cut`: a connection ended before its answer did.
 * - `busy`: the server asks to come back later (408, 429, 5xx).
 * - `denied`, `forbidden`, `absent`: 401, 403, 404.
 * - `wrong`: an answer that no hub gives: bytes, lengths, names or redirects that must not be.
 */
export type FaultKind = 'unreachable' | 'cut' | 'busy' | 'denied' | 'forbidden' | 'absent' | 'wrong';

export class HubFault extends Error {
  override readonly name = 'HubFault';
  readonly kind: FaultKind;
  /** Seconds the server asks to wait, where it says. */
  readonly retryAfter: number | null;

  constructor(kind: FaultKind, message: string, options: { readonly retryAfter?: number | null; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** Codes of the system and of Node's client that mean: nobody was there. */
const unreachableCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** `fetch` says only "fetch failed" or "terminated"; what happened is in the cause, or in the causes of one attempt per address. */
export function networkFault(host: string, error: unknown): HubFault {
  const causes = causesOf(error);
  const codes = causes.flatMap((cause) => ('code' in cause && typeof cause.code === 'string' ? [cause.code] : []));
  const said = codes[0] ?? causes.at(-1)?.message ?? String(error);
  // A certificate that is not believed stays so, however often we ask.
  return codes.some((code) => unreachableCodes.has(code) || /CERT|SIGNATURE|_TLS_/.test(code))
    ? new HubFault('unreachable', `${host} cannot be reached (${said})`, { cause: error })
    : new HubFault('cut', `the connection to ${host} was cut (${said})`, { cause: error });
}

function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner: readonly unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  return [error, ...inner.flatMap(causesOf)];
}

/** The fault of a status that is no success. `url` is shown without its query, which may hold a signature. */
export function statusFault(response: Response, url: URL): HubFault {
  const { status } = response;
  const message = `${url.origin}${url.pathname} answered ${status}`;
  if (status === 401) return new HubFault('denied', message);
  if (status === 403) return new HubFault('forbidden', message);
  if (status === 404) return new HubFault('absent', message);
  if (status === 408 || status === 429 || status >= 500) {
    const after = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
    return new HubFault('busy', message, { retryAfter: Number.isNaN(after) ? null : after });
  }
  return new HubFault('wrong', status === 416 ? `${message}: the file is shorter than listed` : message);
}

/** Tries in a row, and the longest wait between two: a hub's rate limit lasts minutes. */
const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 300;

/** Waits 1, 2, 4, 8 s between tries, or as long as the server asks; what is not in `passing` is final at once. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  passing: ReadonlySet<FaultKind>,
  wait: (seconds: number) => Promise<void>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HubFault) || !passing.has(error.kind)) throw error;
      if (tries === MAX_TRIES) throw new HubFault(error.kind, `${error.message}, ${MAX_TRIES} times in a row`, { cause: error });
      await wait(Math.min(error.retryAfter ?? 2 ** (tries - 1), MAX_WAIT_SECONDS));
    }
  }
}

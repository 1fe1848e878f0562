/** A repository on a hub: the commit a revision is, the files that may belong to a model, and their bytes. */
import { downloadFile, listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { HubFault } from './faults.ts';
import type { LockedFile } from './lock-file.ts';
import { makeRequests } from './requests.ts';
import type { HubSettings } from './settings.ts';
import type { HubSpec } from './spec.ts';
import { mayBelong, mayHaveSize, shown } from './wanted.ts';

export interface Repository {
  resolveCommit(): Promise<string>;
  /** Name -> what the file must be, for every file at the top that may belong to a model. */
  list(commit: string): Promise<ReadonlyMap<string, LockedFile>>;
  /** Bytes `from` to `to` (exclusive) of a file of `size` bytes; a failure is the stream's. */
  read(commit: string, name: string, part: { readonly from: number; readonly to: number; readonly size: number }): Promise<ByteStream>;
}

export type ByteStream = ReadableStream<Uint8Array>;

/** A repository of a model has tens of files; one without an end would keep us listing. */
const MAX_ENTRIES = 10_000;

const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).optional(),
});

export function openRepository(spec: HubSpec, { endpoint, token }: HubSettings, signal?: AbortSignal): Repository {
  const { answer, content } = makeRequests(endpoint, signal);
  const common = { hubUrl: endpoint, ...(token === null ? {} : { accessToken: token }) };
  return {
    async resolveCommit() {
      const info = await understood(endpoint, () =>
        modelInfo({ ...common, name: spec.repository, revision: spec.revision, additionalFields: ['sha'], fetch: answer }),
      );
      const commit = commitSchema.safeParse(info.sha);
      if (!commit.success) throw new HubFault('wrong', `${endpoint} names no commit for ${spec.id}`);
      const asked = commitSchema.safeParse(spec.revision);
      if (asked.success && asked.data !== commit.data)
        throw new HubFault('wrong', `${endpoint} answers ${spec.id} with commit ${commit.data}`);
      return commit.data;
    },
    list: (commit) =>
      understood(endpoint, async () => {
        const files = new Map<string, LockedFile>();
        let entries = 0;
        for await (const entry of listFiles({ ...common, repo: spec.repository, revision: commit, fetch: answer })) {
          if (++entries > MAX_ENTRIES)
            throw new HubFault('wrong', `${endpoint} lists more than ${MAX_ENTRIES} files of ${spec.repository}`);
          const file = fileOf(entry, endpoint);
          if (file !== null) files.set(file.name, file.expected);
        }
        return files;
      }),
    async read(commit, name, { from, to, size }) {
      const url = `${endpoint}/${spec.repository}/resolve/${commit}/${name}`;
      const blob = await downloadFile({
        ...common,
        repo: spec.repository,
        path: name,
        revision: commit,
        fetch: content,
        // The listing said it already. Not said: addresses of the hub's newer protocol, whose chunks cannot be resumed as ranges can.
        downloadInfo: { size, etag: '', url },
      });
      return blob!.slice(from, to).stream() as ByteStream; // `null` is for a missing file, which `downloadInfo` rules out.
    },
  };
}

/** `null` for what is no part of a model. A name that climbs out condemns the whole listing. */
function fileOf(entry: unknown, endpoint: string): { readonly name: string; readonly expected: LockedFile } | null {
  const named = z.object({ type: z.string(), path: z.string() }).parse(entry);
  const steps = named.path.split(/[/\\]/);
  if (/^[A-Za-z]:|\\|\0/.test(named.path) || steps.some((step) => ['', '.', '..'].includes(step))) {
    throw new HubFault('wrong', `${endpoint} lists a file ${shown(named.path)}, which is no path inside a repository`);
  }
  if (named.type !== 'file' || !mayBelong(named.path)) return null;
  const { oid, lfs, size } = entrySchema.parse(entry);
  const expected = lfs === undefined ? { size, gitBlob: oid } : { size: lfs.size, sha256: lfs.oid };
  if (!mayHaveSize(named.path, expected.size)) throw new HubFault('wrong', `${endpoint} lists ${named.path} with ${expected.size} bytes`);
  return { name: named.path, expected };
}

/** The library trusts the hub's JSON to have its shape: what it trips over, or what our schemas refuse, is a wrong answer. */
async function understood<T>(endpoint: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError || error instanceof z.ZodError)) throw error;
    throw new HubFault('wrong', `${endpoint} sent JSON of another shape than a hub's`, { cause: error });
  }
}

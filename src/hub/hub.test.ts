/** Fetching a model from a hub on this machine: what is fetched, how it goes on after a cut, and what is said when it cannot be had. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { tryLock } from '../core/lock.ts';
import { someCommit, startHub, type HubOptions, type HubRequest, type HubServer, type Misbehaviour } from '../testing/hub-server.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { fetchModel, localModel, type FetchOptions, type FetchProgress } from './index.ts';

const spec = 'hub:owner/name';

/** Bytes without a period, so that a shifted part is noticed. */
const bytes = (length: number, seed = 1): Buffer => {
  const content = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (state * 48271) % 2147483647;
    content[i] = state;
  }
  return content;
};
const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

const weights = bytes(50_000);
const small = { 'config.json': '{"model_type":"roberta"}', 'vocab.json': '{"a":0}', 'merges.txt': '' };
const single = { ...small, 'model.safetensors': weights };
const shards = { 'model-00001-of-00002.safetensors': bytes(3000, 2), 'model-00002-of-00002.safetensors': bytes(2000, 3) };
const indexOf = (...names: string[]): string =>
  JSON.stringify({ weight_map: Object.fromEntries(names.map((name, n) => [`tensor.${n}`, name])) });

const patient = (): { readonly wait: (seconds: number) => Promise<void>; readonly waits: number[] } => {
  const waits: number[] = [];
  return { waits, wait: async (seconds) => void waits.push(seconds) };
};

interface Fetching extends Partial<FetchOptions> {
  readonly environment?: Readonly<Record<string, string>>;
}

function options(hub: Pick<HubServer, 'url'>, folder: string, more: Fetching = {}): FetchOptions {
  return { defaultFolder: folder, wait: patient().wait, ...more, environment: { HF_ENDPOINT: hub.url, ...more.environment } };
}

const refusal = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};

const missingOf = async (hub: Pick<HubServer, 'url'>, folder: string): Promise<string> => {
  const found = await localModel(spec, options(hub, folder));
  return 'missing' in found ? found.missing : 'nothing';
};

/** Every file below a folder but the locks. */
const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => statSync(join(folder, path)).isFile()).sort();

/** The same misbehaviour for requests of one kind, from the first on or so many times. */
const always =
  (kind: HubRequest['kind'], misbehaviour: Misbehaviour, times = Number.POSITIVE_INFINITY): NonNullable<HubOptions['misbehave']> =>
  (request) =>
    request.kind === kind && times-- > 0 ? misbehaviour : null;

describe('what is fetched', () => {
  test('config, tokenizer and safetensors, nothing else; from then on without a network', async () => {
    const files = { ...single, 'pytorch_model.bin': bytes(9), 'tf_model.h5': bytes(2000), 'README.md': 'hello', 'onnx/config.json': '{}' };
    const hub = await startHub({ files, entriesPerPage: 2 });
    const folder = temporaryFolder();
    const seen: FetchProgress[] = [];
    const model = await fetchModel(spec, options(hub, folder, { onProgress: (progress) => seen.push(progress) }));
    expect(model).toEqual({
      folder: join(folder, 'owner', 'name', 'main'),
      commit: someCommit,
      files: Object.fromEntries(Object.entries(single).map(([name, content]) => [name, sha256(content)])),
    });
    expect(filesBelow(folder)).toEqual([...Object.keys(single).map((name) => `owner/name/main/${name}`), 'hub.lock.json'].sort());
    expect(readFileSync(join(model.folder, 'model.safetensors')).equals(weights)).toBe(true);
    expect(seen.at(-1)).toEqual({ file: 'model.safetensors', done: weights.length, total: weights.length });
    expect(JSON.parse(readFileSync(join(folder, 'hub.lock.json'), 'utf8'))).toEqual({
      version: 1,
      models: {
        [`${spec}@main`]: {
          commit: someCommit,
          files: Object.fromEntries(
            Object.entries(single).map(([name, content]) => [name, { size: content.length, sha256: sha256(content) }]),
          ),
        },
      },
    });
    expect(new Set(hub.requests.map(({ kind }) => kind))).toEqual(new Set(['info', 'tree', 'resolve', 'store']));
    const asked = hub.requests.length;
    await hub.close();
    expect(await fetchModel(spec, options(hub, folder))).toEqual(model);
    expect(await fetchModel(`${spec}@main`, options(hub, folder))).toEqual(model);
    expect(await localModel(spec, options(hub, folder))).toEqual(model);
    expect(hub.requests).toHaveLength(asked);
  });

  test('shards that the index names, and a pickled file only where there are no safetensors', async () => {
    const index = indexOf(...Object.keys(shards), 'model-00001-of-00002.safetensors');
    const other = { 'model-00003-of-00002.safetensors': bytes(10) };
    const sharded = { ...small, ...shards, ...other, 'model.safetensors.index.json': index, 'pytorch_model.bin': bytes(9) };
    const hub = await startHub({ files: sharded });
    const folder = temporaryFolder();
    const model = await fetchModel(spec, options(hub, folder));
    expect(Object.keys(model.files).sort()).toEqual([...Object.keys({ ...small, ...shards }), 'model.safetensors.index.json'].sort());
    expect(await localModel(spec, options(hub, folder))).toEqual(model);

    const pickled = await startHub({ files: { ...small, 'pytorch_model.bin': bytes(1500), 'training_args.bin': bytes(1400) } });
    const old = await fetchModel(spec, options(pickled, temporaryFolder()));
    expect(Object.keys(old.files)).toEqual(['config.json', 'vocab.json', 'merges.txt', 'pytorch_model.bin']);
  });

  test('a revision stays the commit it was, also when the branch moves before everything is there', async () => {
    const moved = 'f'.repeat(40);
    const revisions: Record<string, string> = { main: someCommit, 'refs/pr/1': moved };
    const hub = await startHub({ files: single, revisions, misbehave: always('store', { status: 404 }, 1) });
    const folder = temporaryFolder();
    await refusal(fetchModel(spec, options(hub, folder)));
    revisions['main'] = moved;
    expect((await fetchModel(spec, options(hub, folder))).commit).toBe(someCommit);
    expect(hub.requests.filter(({ kind }) => kind === 'info')).toHaveLength(1);
    const other = await fetchModel(`${spec}@refs/pr/1`, options(hub, folder));
    expect(other).toMatchObject({ commit: moved, folder: join(folder, 'owner', 'name', 'refs%2Fpr%2F1') });
    expect(await refusal(fetchModel(`${spec}@none`, options(hub, folder)))).toContain('a branch, tag or commit of it');
  });

  test('ELIBADCODE_MODELS is where models are kept, HF_TOKEN goes to the hub alone', async () => {
    const hub = await startHub({ files: single, token: 'hf_secret' });
    const [folder, said] = [temporaryFolder(), temporaryFolder()];
    const environment = { HF_TOKEN: 'hf_secret', ELIBADCODE_MODELS: said };
    const model = await fetchModel(spec, options(hub, folder, { environment }));
    expect(model.folder).toBe(join(said, 'owner', 'name', 'main'));
    expect(readdirSync(folder)).toEqual([]);
    const stored = hub.requests.filter(({ kind }) => kind === 'store');
    expect(stored.map(({ authorization }) => authorization)).toEqual([null]);
    // Lengths and ranges are the file's, not those of what is packed for the line.
    expect(stored.map(({ encoding }) => encoding)).toEqual(['identity']);
    expect(readFileSync(join(said, 'hub.lock.json'), 'utf8')).not.toContain('hf_secret');
  });
});

describe('after a cut', () => {
  test('the rest alone is asked for, in parts no longer than said', async () => {
    const hub = await startHub({ files: single, misbehave: always('store', { endsAfter: 7_000 }, 2) });
    const { wait, waits } = patient();
    const folder = temporaryFolder();
    const model = await fetchModel(spec, options(hub, folder, { wait, rangeBytes: 20_000 }));
    expect(readFileSync(join(model.folder, 'model.safetensors')).equals(weights)).toBe(true);
    const ranges = hub.requests.filter(({ kind }) => kind === 'store').map(({ range }) => range);
    expect(ranges).toEqual(['bytes=0-19999', 'bytes=7000-19999', 'bytes=14000-19999', 'bytes=20000-39999', 'bytes=40000-49999']);
    expect(waits).toEqual([1, 2]);
  });

  test('a server that cuts for ever is given up, and a later call goes on', async () => {
    let working = false;
    const hub = await startHub({
      files: single,
      misbehave: (request) => (request.kind === 'store' && !working ? { endsAfter: 100 } : null),
    });
    const folder = temporaryFolder();
    const message = await refusal(fetchModel(spec, options(hub, folder)));
    expect(message).toMatch(/ended after 100 of \d+ bytes, 5 times in a row/);
    expect(message).toContain('goes on where it stopped');
    const part = join(folder, 'owner', 'name', 'main', 'model.safetensors.part');
    expect(statSync(part).size).toBe(500);
    expect(await missingOf(hub, folder)).toContain('model.safetensors (50000 bytes');
    working = true;
    await fetchModel(spec, options(hub, folder));
    expect(hub.requests.at(-1)).toMatchObject({ kind: 'store', range: 'bytes=500-49999' });
    expect(existsSync(part)).toBe(false);
  });

  test('a line that is cut after every megabyte and a half gets through without waiting', async () => {
    const large = Buffer.alloc(8 * 2 ** 20, 'line');
    const hub = await startHub({
      files: { ...small, 'model.safetensors': large },
      misbehave: always('store', { endsAfter: 1.5 * 2 ** 20 }),
    });
    const { wait, waits } = patient();
    const model = await fetchModel(spec, options(hub, temporaryFolder(), { wait }));
    expect(model.files['model.safetensors']).toBe(sha256(large));
    expect(hub.requests.filter(({ kind }) => kind === 'store').length).toBeGreaterThan(5);
    expect(waits).toEqual([]);
  });

  // What of the bytes before a tear still arrives is the system's business: nothing exact is expected here.
  test.each([{ cutAfter: 20_000 }, { tornAtEnd: true }] as const)('a connection that is torn: %j', async (misbehaviour) => {
    const hub = await startHub({ files: single, misbehave: always('store', misbehaviour, 4) });
    const model = await fetchModel(spec, options(hub, temporaryFolder()));
    expect(model.files['model.safetensors']).toBe(sha256(weights));
  });

  test('a process that is killed leaves what it had, and its lock is taken over', async () => {
    const hub = await startHub({ files: single, misbehave: always('store', { hangAfter: 30_000 }, 1) });
    const folder = temporaryFolder();
    const script = `
      const { fetchModel } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)});
      const onProgress = ({ file, done }) => { if (file === 'model.safetensors' && done === 30000) process.stdout.write('there'); };
      await fetchModel(${JSON.stringify(spec)}, { defaultFolder: ${JSON.stringify(folder)}, endpoint: ${JSON.stringify(hub.url)}, environment: {}, onProgress });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(folder, 'hub.lock.json.busy'))).toBe(true);
    const model = await fetchModel(spec, options(hub, folder));
    expect(model.files['model.safetensors']).toBe(sha256(weights));
    expect(hub.requests.at(-1)).toMatchObject({ kind: 'store', range: 'bytes=30000-49999' });
    expect(hub.requests.filter(({ path }) => path === 'config.json')).toHaveLength(1);
  });

  test('429 and 500 are waited for as long as the server says, or longer each time', async () => {
    const answers: Misbehaviour[] = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 500 }, { status: 503 }];
    const hub = await startHub({ files: single, misbehave: ({ kind }) => (kind === 'info' ? (answers.shift() ?? null) : null) });
    const { wait, waits } = patient();
    await fetchModel(spec, options(hub, temporaryFolder(), { wait }));
    expect(waits).toEqual([7, 2, 4]);
    const down = await startHub({ files: single, misbehave: always('resolve', { status: 500 }) });
    expect(await refusal(fetchModel(spec, options(down, temporaryFolder())))).toMatch(/answered 500, 5 times in a row/);
    expect(down.requests.filter(({ kind }) => kind === 'resolve')).toHaveLength(5);
  });

  test('a call that is given up ends with the reason, and frees the folder', async () => {
    const hub = await startHub({ files: single, misbehave: always('store', { hangAfter: 10 }) });
    const folder = temporaryFolder();
    const controller = new AbortController();
    const onProgress = ({ done }: FetchProgress): void => {
      if (done === 10) controller.abort(new Error('enough'));
    };
    await expect(fetchModel(spec, options(hub, folder, { onProgress, signal: controller.signal }))).rejects.toThrow('enough');
    expect(existsSync(join(folder, 'hub.lock.json.busy'))).toBe(false);
  });

  test('two at once fetch every file once', async () => {
    const hub = await startHub({ files: single });
    const folder = temporaryFolder();
    let waited = 0;
    const more = { wait: () => new Promise<void>((done) => setImmediate(done)), onWaiting: () => (waited += 1) };
    const [one, two] = await Promise.all([fetchModel(spec, options(hub, folder, more)), fetchModel(spec, options(hub, folder, more))]);
    expect(two).toEqual(one);
    expect(waited).toBe(1);
    expect(hub.requests.filter(({ kind }) => kind === 'store')).toHaveLength(1);
    const held = tryLock(join(folder, 'hub.lock.json.busy'));
    expect('lock' in held).toBe(true);
    // Reading needs no lock.
    expect(await fetchModel(spec, options(hub, folder))).toEqual(one);
    if ('lock' in held) held.lock.release();
  });
});

describe('what cannot be had', () => {
  /** An address where nobody listens any more. */
  const goneHub = async (): Promise<Pick<HubServer, 'url'>> => {
    const hub = await startHub({ files: {} });
    await hub.close();
    return hub;
  };

  test('without a network: which files belong where, and that is enough', async () => {
    const nowhere = await goneHub();
    const folder = temporaryFolder();
    const home = join(folder, 'owner', 'name', 'main');
    const message = await refusal(fetchModel(spec, options(nowhere, folder)));
    expect(message).toContain(`${new URL(nowhere.url).host} cannot be reached (ECONNREFUSED)`);
    expect(message).toContain('HF_ENDPOINT=');
    expect(message).toContain('ELIBADCODE_MODELS=FOLDER looks for them in FOLDER/owner/name/main/ instead');
    expect(message).toContain(`${home}/ by hand: config.json; model.safetensors (or model.safetensors.index.json`);
    expect(await missingOf(nowhere, folder)).toContain(home);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'config.json'), small['config.json']);
    expect(await missingOf(nowhere, folder)).toContain('no model.safetensors or');
    writeFileSync(join(home, 'model.safetensors'), weights);
    writeFileSync(join(home, 'notes.txt'), 'mine');
    const files = { 'config.json': sha256(small['config.json']), 'model.safetensors': sha256(weights) };
    expect(await localModel(spec, options(nowhere, folder))).toEqual({ folder: home, commit: null, files });
    expect(existsSync(join(folder, 'hub.lock.json'))).toBe(false);
    expect(await fetchModel(spec, options(nowhere, folder))).toEqual({ folder: home, commit: null, files });
    writeFileSync(join(home, 'model.safetensors'), bytes(50_000, 9));
    expect(await refusal(fetchModel(spec, options(nowhere, folder)))).toContain('this model taken out of hub.lock.json');
    rmSync(join(home, 'model.safetensors'));
    expect(await refusal(fetchModel(spec, options(nowhere, folder)))).toContain('was placed by hand and is no longer complete');
  });

  test('files that a cut fetch lacks are named with their sums, and may be placed by hand', async () => {
    const nowhere = await goneHub();
    const files = { ...small, ...shards, 'model.safetensors.index.json': indexOf(...Object.keys(shards)) };
    const hub = await startHub({ files, misbehave: always('store', { status: 404 }) });
    const folder = temporaryFolder();
    await refusal(fetchModel(spec, options(hub, folder)));
    await hub.close();
    const message = await refusal(fetchModel(spec, options(nowhere, folder)));
    for (const [name, content] of Object.entries(shards)) {
      expect(message).toContain(`${name} (${content.length} bytes, sha256 ${sha256(content)})`);
      writeFileSync(join(folder, 'owner', 'name', 'main', name), content);
    }
    expect(message).not.toContain('config.json (');
    expect((await fetchModel(spec, options(nowhere, folder))).commit).toBe(someCommit);
  });

  test('401, 403 and 404 are three things', async () => {
    const hub = await startHub({ files: single, token: 'hf_right' });
    const ask = (repository: string, environment: Record<string, string>): Promise<string> =>
      refusal(fetchModel(repository, options(hub, temporaryFolder(), { environment })));
    expect(await ask(spec, {})).toMatch(/answered 401\n {2}accepted: HF_TOKEN=hf_… of an account/);
    expect(await ask(spec, { HF_TOKEN: 'hf_wrong' })).toMatch(/answered 403\n {2}accepted: an account that may read it: its terms/);
    expect(await ask('hub:owner/other', { HF_TOKEN: 'hf_right' })).toMatch(/answered 404\n {2}accepted: a repository that exists/);
    expect(await ask(spec, { HF_TOKEN: 'hf_wrong' })).not.toContain('hf_wrong');
    const denies = await startHub({ files: single, misbehave: always('info', { status: 401 }) });
    const more = { environment: { HF_TOKEN: 'hf_old' } };
    expect(await refusal(fetchModel(spec, options(denies, temporaryFolder(), more)))).toContain('another HF_TOKEN');
  });

  test('a repository without a model in a form that is read', async () => {
    const hub = await startHub({ files: { ...small, 'tf_model.h5': 'x' } });
    const message = await refusal(fetchModel(spec, options(hub, temporaryFolder())));
    expect(message).toMatch(/has no model.safetensors or .* at commit c0ffee/);
  });

  test('specs and settings that are none', async () => {
    const nowhere = await goneHub();
    const folder = temporaryFolder();
    const bad = [
      'hub:',
      'hub:name',
      'hub:../name',
      'hub:owner/..',
      'hub:owner/name@',
      'hub:owner/name@../x',
      'hub:a/b/c',
      'hub:a\\b/c',
      'hub:a/b?x',
    ];
    for (const one of bad) expect(await refusal(fetchModel(one, options(nowhere, folder)))).toContain('“hub:OWNER/NAME”');
    for (const HF_ENDPOINT of ['nowhere', 'file:///etc', 'https://user:word@host', 'https://host?x=1']) {
      const message = await refusal(localModel(spec, { defaultFolder: folder, environment: { HF_ENDPOINT } }));
      expect(message).toMatch(/^HF_ENDPOINT: /);
      expect(message).not.toContain('word@');
    }
    const message = await refusal(fetchModel(spec, options(nowhere, folder, { environment: { HF_TOKEN: 'secret' } })));
    expect(message).toMatch(/^HF_TOKEN: /);
    expect(message).not.toContain('secret');
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(fetchModel(spec, options(nowhere, join(folder, 'file'))))).toContain('cannot be written');
  });
});

describe('bytes on disk', () => {
  test('a changed file is refused; deleted, it is fetched again and must be the same', async () => {
    const files: Record<string, Uint8Array | string> = { ...single };
    const hub = await startHub({ files });
    const folder = temporaryFolder();
    const model = await fetchModel(spec, options(hub, folder));
    const path = join(model.folder, 'model.safetensors');
    const changed = Buffer.from(weights);
    changed[40_000]! ^= 1;
    writeFileSync(path, changed);
    const message = await refusal(fetchModel(spec, options(hub, folder)));
    expect(message).toContain(`${path}: was changed: it has sha256 ${sha256(changed)}, recorded is sha256 ${sha256(weights)}`);
    expect(message).toContain('delete the file');
    expect(await localModel(spec, options(hub, folder))).toEqual({ missing: message });
    writeFileSync(path, weights.subarray(1));
    expect(await refusal(fetchModel(spec, options(hub, folder)))).toContain('49999 bytes');
    rmSync(path);
    const asked = hub.requests.length;
    expect(await fetchModel(spec, options(hub, folder))).toEqual(model);
    expect(hub.requests.slice(asked).map(({ kind }) => kind)).toEqual(['resolve', 'store']);
    rmSync(path);
    const other = await startHub({ files: { ...single, 'model.safetensors': changed } });
    expect(await refusal(fetchModel(spec, options(other, folder)))).toContain('sent wrong bytes');
  });

  test('a part that is longer than the file is begun anew', async () => {
    const hub = await startHub({ files: single });
    const folder = temporaryFolder();
    const home = join(folder, 'owner', 'name', 'main');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'model.safetensors.part'), bytes(50_001));
    expect((await fetchModel(spec, options(hub, folder))).files['model.safetensors']).toBe(sha256(weights));
  });

  test('a folder is moved with its lock file; a broken lock file is said to be one', async () => {
    const hub = await startHub({ files: single });
    const folder = temporaryFolder();
    const model = await fetchModel(spec, options(hub, join(folder, 'a')));
    renameSync(join(folder, 'a'), join(folder, 'b'));
    expect((await fetchModel(spec, options(hub, join(folder, 'b')))).files).toEqual(model.files);
    const path = join(folder, 'b', 'hub.lock.json');
    const locked = readFileSync(path, 'utf8');
    for (const broken of [
      '',
      '[]',
      locked.replace('config.json', '../config.json'),
      locked.replace(someCommit, 'main'),
      locked.replace('vocab.json', '../vocab.json'),
      locked.replace('config.json', 'other.json'),
    ]) {
      writeFileSync(path, broken);
      expect(await refusal(fetchModel(spec, options(hub, join(folder, 'b'))))).toContain(path);
    }
  });
});

/** Servers that mean harm or are no hubs: refused with a reason, nothing written but what belongs to the model, nothing asked for ever. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { someCommit, startHub, type HubOptions, type HubRequest, type Misbehaviour } from '../testing/hub-server.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { fetchModel } from './index.ts';
import { isPlainName } from './wanted.ts';

const weights = Buffer.alloc(5000, 7);
const files = { 'config.json': '{"model_type":"roberta"}', 'model.safetensors': weights };
const indexName = 'model.safetensors.index.json';

const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => statSync(join(folder, path)).isFile()).sort();

interface Outcome {
  /** `null`: the model was fetched. */
  readonly message: string | null;
  /** All files below the folder that holds the models' folder. */
  readonly written: readonly string[];
  readonly requests: readonly HubRequest[];
}

async function fetchFrom(options: Partial<HubOptions>): Promise<Outcome> {
  const hub = await startHub({ files, ...options });
  const outside = temporaryFolder();
  const message = await fetchModel('hub:owner/name', {
    defaultFolder: join(outside, 'models'),
    environment: { HF_ENDPOINT: hub.url },
    wait: async () => undefined,
  }).then(
    () => null,
    (reason: unknown) => {
      expect(reason).toBeInstanceOf(UserError);
      return (reason as UserError).message;
    },
  );
  await hub.close();
  return { message, written: filesBelow(outside), requests: hub.requests };
}

const when =
  (kind: HubRequest['kind'], misbehaviour: Misbehaviour): NonNullable<HubOptions['misbehave']> =>
  (request) =>
    request.kind === kind ? misbehaviour : null;

const kept = ['models/hub.lock.json', 'models/owner/name/main/config.json'];

describe('bytes', () => {
  test.each([
    ['changed ones', { changed: true }, /sent wrong bytes: .* has sha256 [0-9a-f]{64} instead of sha256/],
    ['more than announced', { surplus: 1 }, /sent more than the 5000 bytes it announced/],
    ['an endless lot more', { surplus: 3_000_000 }, /sent more than the 5000 bytes it announced/],
  ] as const)('%s: refused, and the part is removed', async (_, misbehaviour, message) => {
    const outcome = await fetchFrom({ misbehave: when('store', misbehaviour) });
    expect(outcome.message).toMatch(message);
    expect(outcome.written).toEqual(kept);
  });

  test('small files are checked against git’s object id', async () => {
    const outcome = await fetchFrom({ misbehave: when('resolve', { changed: true }), largeFrom: 1e9 });
    expect(outcome.message).toMatch(/config.json has git object [0-9a-f]{40} instead of git object/);
    expect(outcome.written).toEqual(['models/hub.lock.json']);
  });

  test('fewer than listed, and listed as more than any disk holds', async () => {
    const entry = (size: number): unknown => ({
      type: 'file',
      path: 'model.safetensors',
      size,
      oid: 'a'.repeat(40),
      lfs: { oid: 'b'.repeat(64), size },
    });
    const short = await fetchFrom({ files, extraEntries: [entry(6000)] });
    expect(short.message).toContain('answered 416: the file is shorter than listed');
    expect(short.written).toEqual(kept);
    const huge = await fetchFrom({ extraEntries: [entry(Number.MAX_SAFE_INTEGER)] });
    expect(huge.message).toMatch(/bytes are to be fetched, \d+ are free/);
    expect(huge.requests.map(({ kind }) => kind)).toEqual(['info', 'tree']);
    for (const size of [-1, 0.5, 1e300]) expect((await fetchFrom({ extraEntries: [entry(size)] })).message).toContain('another shape');
    const config = { type: 'file', path: 'config.json', size: 2 ** 40, oid: 'a'.repeat(40) };
    expect((await fetchFrom({ extraEntries: [config] })).message).toContain('lists config.json with 1099511627776 bytes');
  });

  test('an answer that ends early, always', async () => {
    const outcome = await fetchFrom({ misbehave: when('store', { endsAfter: 0 }) });
    expect(outcome.message).toContain('ended after 0 of 5000 bytes, 5 times in a row');
    expect((await fetchFrom({ misbehave: when('store', { endsAfter: 1500 }) })).message).toBeNull();
  });

  test('a server that sends the whole instead of the part that was asked for', async () => {
    let torn = false;
    const misbehave = ({ kind }: HubRequest): Misbehaviour | null => {
      if (kind !== 'store') return null;
      if (torn) return { ignoresRange: true };
      torn = true;
      return { endsAfter: 100 };
    };
    const outcome = await fetchFrom({ misbehave });
    expect(outcome.message).toContain('does not serve parts of files (asked for bytes=100-4999, got status 200)');
    expect(outcome.written).toEqual(kept);
  });
});

describe('names', () => {
  const climbing = [
    '../evil.json',
    '/etc/evil',
    'a/../../evil',
    '..\\evil',
    'C:\\evil',
    'C:evil',
    '\\\\host\\evil',
    'a//b',
    './x',
    'x\0y',
    '',
  ];

  test.each(climbing)('a listing with %j is refused as a whole', async (path) => {
    const outcome = await fetchFrom({ extraEntries: [{ type: 'file', path, size: 1, oid: 'a'.repeat(40) }] });
    expect(outcome.message).toContain('which is no path inside a repository');
    expect(outcome.written).toEqual([]);
  });

  test.each([...climbing, 'sub/model.safetensors', 'config.json', 'https://host/x.safetensors'])(
    'an index with the shard %j is refused',
    async (shard) => {
      const index = JSON.stringify({ weight_map: { a: shard } });
      const outcome = await fetchFrom({ files: { 'config.json': '{}', [indexName]: index, 'sub/model.safetensors': 'x' } });
      expect(outcome.message).toMatch(/index\.json: names ".*" as a shard/);
      expect(outcome.written).toEqual([...kept, `models/owner/name/main/${indexName}`].sort());
    },
  );

  test.each(['[]', '{', '{"weight_map":{}}', '{"weight_map":{"a":1}}', '{"weight_map":{"a":"absent.safetensors"}}'])(
    'the index %s is refused',
    async (index) => {
      const outcome = await fetchFrom({ files: { 'config.json': '{}', [indexName]: index } });
      expect(outcome.message).toMatch(/is no index of shards|names no shard|knows no file "absent.safetensors"/);
      expect(outcome.requests.filter(({ kind }) => kind === 'resolve')).toHaveLength(2);
    },
  );

  test('no name that passes can leave its folder', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./\\:A-Za-z0-9~-]*$/)), (name) => {
        if (isPlainName(name)) expect(join('/models', name)).toBe(`/models/${name}`);
      }),
    );
    expect(isPlainName('model-00001-of-00002.safetensors')).toBe(true);
  });
});

describe('answers', () => {
  test.each(['info', 'tree'] as const)('HTML instead of JSON from %s', async (kind) => {
    const outcome = await fetchFrom({ misbehave: when(kind, { status: 200, body: '<html>Please log in</html>' }) });
    expect(outcome.message).toContain('sent text/html that is no JSON: a login page, or no hub');
    expect(outcome.written).toEqual([]);
  });

  test('an answer without an end', async () => {
    const outcome = await fetchFrom({ misbehave: when('tree', { status: 200, body: `[${' '.repeat(17 * 2 ** 20)}]` }) });
    expect(outcome.message).toContain('sent more than 16777216 bytes');
  });

  test('a listing without an end', async () => {
    const link = (requests: string): string => `<${requests}>; rel="next"`;
    const body = JSON.stringify(Array.from({ length: 3000 }, (_, n) => ({ type: 'file', path: `f${n}`, size: 1, oid: 'a'.repeat(40) })));
    const hub = await startHub({
      files,
      misbehave: ({ kind }) =>
        kind === 'tree' ? { status: 200, headers: { link: link(`${hub.url}/api/models/owner/name/tree/x`) }, body } : null,
    });
    const attempt = fetchModel('hub:owner/name', { defaultFolder: temporaryFolder(), endpoint: hub.url, environment: {} });
    await expect(attempt).rejects.toThrow('lists more than 10000 files');
    expect(hub.requests.filter(({ kind }) => kind === 'tree')).toHaveLength(4);
  });

  test.each([
    ['round in circles', '/owner/name/resolve/x/config.json', /redirects more than 5 times/],
    ['to a file of this machine', 'file:///etc/passwd', /redirects to file:/],
    ['to no address', 'http://[', /redirects to no address/],
  ])('redirects %s', async (_, location, message) => {
    const outcome = await fetchFrom({ misbehave: when('resolve', { status: 302, headers: { location } }) });
    expect(outcome.message).toMatch(message);
    expect(outcome.written).toEqual(['models/hub.lock.json']);
    expect(outcome.requests.length).toBeLessThan(10);
  });

  test('another commit than the one asked for', async () => {
    const hub = await startHub({ files, revisions: { ['e'.repeat(40)]: someCommit } });
    const attempt = fetchModel(`hub:owner/name@${'e'.repeat(40)}`, {
      defaultFolder: temporaryFolder(),
      endpoint: hub.url,
      environment: {},
    });
    await expect(attempt).rejects.toThrow(`with commit ${someCommit}`);
  });

  test('whatever JSON they are: a UserError or a model, and no file elsewhere', async () => {
    const answer = fc.oneof(
      fc.jsonValue(),
      fc.record({ sha: fc.oneof(fc.constant(someCommit), fc.jsonValue()), id: fc.string() }),
      fc.array(
        fc.record({
          type: fc.constantFrom('file', 'directory', 'x'),
          path: fc.oneof(fc.constantFrom('config.json', 'model.safetensors', 'a.bin', '__proto__'), fc.string()),
          size: fc.oneof(fc.nat(100), fc.double(), fc.jsonValue()),
          oid: fc.oneof(fc.constant('a'.repeat(40)), fc.jsonValue()),
          lfs: fc.oneof(fc.constant(undefined), fc.record({ oid: fc.constant('b'.repeat(64)), size: fc.nat(100) }), fc.jsonValue()),
        }),
        { maxLength: 4 },
      ),
    );
    let answers: Readonly<Record<string, string>> = {};
    const hub = await startHub({
      files,
      misbehave: ({ kind }) =>
        answers[kind] === undefined ? null : { status: 200, headers: { 'content-type': 'application/json' }, body: answers[kind] },
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('info', 'tree'), answer, async (kind, value) => {
        answers = { [kind]: JSON.stringify(value) };
        const outside = temporaryFolder();
        try {
          await fetchModel('hub:owner/name', {
            defaultFolder: join(outside, 'models'),
            endpoint: hub.url,
            environment: {},
            wait: async () => undefined,
          });
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          refused += 1;
        }
        const elsewhere = filesBelow(outside).filter((path) => !/^models\/(hub\.lock\.json|owner\/name\/main\/[\w.]+)$/.test(path));
        expect(elsewhere).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('a well-behaved hub is none of these', async () => {
    const outcome = await fetchFrom({});
    expect(outcome.message).toBeNull();
    expect(outcome.written).toEqual([...kept, 'models/owner/name/main/model.safetensors']);
  });
});

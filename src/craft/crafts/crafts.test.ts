/** What every craft of the catalogue must hold, then each one on small functions, end to end. */
import { readdirSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import type { CraftChoice, Program } from '../../core/contracts.ts';
import { programKey } from '../../core/program-key.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { namedFunctions } from '../../testing/named-functions.ts';
import { makeProgram } from '../../testing/program.ts';
import { isName } from '../adversarial-names/entries.ts';
import type { Craft, Crafted, CraftInputs } from '../contracts.ts';
import { craft } from '../index.ts';
import { crafts } from './index.ts';

const catalogue: readonly Craft[] = Object.values(crafts);

test('file = name = key, and no file is missing from the catalogue', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(0);
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(crafts).sort());
  for (const [key, member] of Object.entries(crafts)) expect(member.name).toBe(key);
});

describe.each(catalogue)('$name', (member) => {
  it('names its source, and has parameters that survive JSON', () => {
    expect(member.cite).toMatch(/\d{4}/);
    const defaults = member.params.parse({});
    expect(member.params.parse(JSON.parse(JSON.stringify(defaults)))).toEqual(defaults);
    expect(() => member.params.parse({ no_such_key: 1 })).toThrow(/no_such_key/);
  });
});

/** Small enough for a test: the functions are 40 words long, their vocabulary some fifty. */
const small: CraftChoice = {
  ...{ name: 'adversarial-names', width: 16, epochs: 6, batchSize: 16, learningRate: 1e-2, decay: 0.8, nameWords: 2 },
  ...{ maxTokens: 32, gradientTokens: 60, validShare: 0.1 },
};
const clean = namedFunctions(240, 'clean');
const withoutLocals = makeProgram('int f ( ) { return 0 ; }', { functionName: 'f' });
const hosts = [...namedFunctions(30, 'hosts'), withoutLocals];

const parses: CraftInputs['parses'] = () => Promise.resolve(true);

const run = (engine: Engine, choice: CraftChoice, seed = 0, own: readonly Program[] = hosts): Promise<Crafted> =>
  craft(choice, { language: 'c', clean, hosts: own, parses }, { ...quietContext(makeRng(seed)), engine });

const renamings = z.array(z.tuple([z.string(), z.string()])).min(1);

// Its programs run on every device in the tests of ../adversarial-names.
describe('adversarial-names', () => {
  let engine: Promise<Engine> | undefined;
  const open = (): Promise<Engine> => (engine ??= openEngine({ device: 'cpu', engine: 'traced', threads: 2 }));
  let first: Promise<Crafted> | undefined;
  const crafted = async (): Promise<Crafted> => (first ??= run(await open(), small));

  test('the crafting model learns: its loss falls, and it names functions that it has not seen', async () => {
    const { history } = await crafted();
    expect(history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(history.at(-1)!.trainLoss).toBeLessThan(0.5 * history[0]!.trainLoss);
    // Of four verbs and three things, guessing gets less than a third.
    expect(history.at(-1)!.validMetric).toBeGreaterThan(0.6);
  });

  test('crafted names make the target likelier than names drawn at random, and than the functions’ own', async () => {
    const { facts } = await crafted();
    const loss = (kind: string): number => Number(facts[`target loss, ${kind}`]);
    expect(loss('crafted names')).toBeLessThan(0.7 * loss('random names'));
    expect(loss('crafted names')).toBeLessThan(loss('clean'));
    expect(facts['hosts with names']).toBe('30 of 31');
    expect(facts['names chosen by gradient']).toBe('90 of 90');
  });

  test('each local gets a name of its own that the language allows and the function does not use; none without locals', async () => {
    const { materials } = await crafted();
    expect(materials).not.toHaveProperty(programKey(withoutLocals));
    for (const host of hosts.filter(({ locals }) => locals.length > 0)) {
      const renaming = renamings.parse(materials[programKey(host)]);
      expect(renaming.map(([old]) => old)).toEqual(host.locals);
      const names = renaming.map(([, name]) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(isName(name, 'c') && !host.tokens.includes(name)).toBe(true);
    }
  });

  test('the same seed crafts the same, and a host’s names do not depend on the hosts beside it', async () => {
    const [whole, again, alone] = [await crafted(), await run(await open(), small), await run(await open(), small, 0, hosts.slice(3, 4))];
    expect(again).toEqual(whole);
    const key = programKey(hosts[3]!);
    expect(alone.materials).toEqual({ [key]: whole.materials[key] });
  });

  test('an identifier that occurs behind the words read gets a name that is drawn', async () => {
    // `int @name@ ( int x int y ) { int z`: z stands behind nine words.
    const { facts, materials } = await run(await open(), { ...small, epochs: 1, gradientTokens: 9 }, 0, hosts.slice(0, 5));
    expect(facts['names chosen by gradient']).toBe('10 of 15');
    for (const material of Object.values(materials)) expect(material).toHaveLength(3);
  });
});

const noEngine = {} as Engine;

describe('snippets', () => {
  const candidates = z.array(z.strictObject({ at: z.int(), tokens: z.array(z.string()).min(2).max(20) })).min(1);

  it('proposes whole statements at statement places, by the seed', async () => {
    const { materials, history, facts } = await run(noEngine, { name: 'snippets' });
    expect(history).toEqual([]);
    expect(facts).toEqual({ 'hosts with snippets': '30 of 31' });
    expect(Object.keys(materials)).toHaveLength(new Set(hosts.slice(0, 30).map(programKey)).size);
    for (const host of hosts.slice(0, 30)) {
      for (const { at, tokens } of candidates.parse(materials[programKey(host)])) {
        expect(host.statementEnds).toContain(at);
        expect(tokens.at(-1)).toBe(';');
      }
    }
    expect((await run(noEngine, { name: 'snippets' })).materials).toEqual(materials);
    expect((await run(noEngine, { name: 'snippets' }, 1)).materials).not.toEqual(materials);
    const [key] = [programKey(hosts[3]!)];
    expect((await run(noEngine, { name: 'snippets' }, 0, hosts.slice(3, 4))).materials).toEqual({ [key]: materials[key] });
  });

  it('writes Python a line at a time', async () => {
    const text = 'def f ( a ) : b = a + 1 print ( b ) return b'.split(' ');
    const lines = [0, 6, 11, 15];
    const program = makeProgram(text, { statementEnds: [11, 15] });
    const python = { ...program, gaps: program.gaps.map((gap, at) => (lines.includes(at) && at > 0 ? '\n    ' : gap)) };
    const inputs = { language: 'python', clean: Array.from({ length: 5 }, () => python), hosts: [python], parses } as const;
    const { materials } = await craft({ name: 'snippets' }, inputs, { ...quietContext(makeRng(0)), engine: noEngine });
    const found = candidates.parse(materials[programKey(python)]).map(({ at, tokens }) => `${at}: ${tokens.join(' ')}`);
    expect(new Set(found)).toEqual(new Set(['11: print ( b )']));
  });

  it('keeps the first that parse, at most four, and none where nothing does', async () => {
    const given = { language: 'c', clean, hosts: hosts.slice(0, 8) } as const;
    const context = { ...quietContext(makeRng(0)), engine: noEngine };
    const all = await craft({ name: 'snippets' }, { ...given, parses }, context);
    const short = await craft(
      { name: 'snippets' },
      { ...given, parses: (_host, { tokens }) => Promise.resolve(tokens.length < 8) },
      context,
    );
    for (const host of given.hosts) {
      const [every, some] = [all, short].map(({ materials }) => candidates.optional().parse(materials[programKey(host)]) ?? []);
      expect(every!.length).toBeLessThanOrEqual(4);
      for (const { tokens } of some!) expect(tokens.length).toBeLessThan(8);
    }
    expect(short.materials).not.toEqual(all.materials);
    const none = await craft({ name: 'snippets' }, { ...given, parses: () => Promise.resolve(false) }, context);
    expect(none.materials).toEqual({});
  });

  it('has something to learn from, or says so', async () => {
    const nothing = craft(
      { name: 'snippets' },
      { language: 'c', clean: [], hosts: [], parses },
      { ...quietContext(makeRng(0)), engine: noEngine },
    );
    await expect(nothing).rejects.toThrow('no clean function');
  });
});

test('an unknown craft is refused with its nearest match', async () => {
  await expect(run(noEngine, { name: 'snipets' })).rejects.toThrow('did you mean “snippets”?');
});

/** Loading experiments: by name, by path, and every experiment of this repository. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeCatalogues, fakeExperiment } from '../testing/catalogues.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { catalogues } from './catalogues.ts';
import { defineExperiment } from './define.ts';
import { experimentNames, loadExperiment } from './load.ts';
import { parseExperiment } from './schema.ts';

const ours = fileURLToPath(new URL('../../experiments', import.meta.url));

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), 'experiments');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const load = (given: string, folder: string): ReturnType<typeof loadExperiment> => loadExperiment(given, folder, fakeCatalogues);

describe('loadExperiment', () => {
  const json = JSON.stringify(fakeExperiment);

  it('finds a name in the folder and takes a path', async () => {
    const folder = folderWith({ 'toy-run.json': json });
    expect((await load('toy-run', folder)).name).toBe('toy-run');
    expect(await load(join(folder, 'toy-run.json'), '/nowhere')).toEqual(await load('toy-run', folder));
  });

  it('reads a module’s default export', async () => {
    const folder = folderWith({ 'toy-run.mjs': `export default ${json}`, 'empty.mjs': 'export const a = 1' });
    expect((await load('toy-run', folder)).seeds).toEqual([1]);
    await expect(load('empty', folder)).rejects.toThrow(/has no default export\n {2}accepted: export default/);
  });

  it('refuses a name that is not the file’s', async () => {
    const folder = folderWith({ 'another.json': json });
    await expect(load('another', folder)).rejects.toThrow(/name: found “toy-run”\n {2}accepted: “another”/);
  });

  it('says what there is when nothing is found or nothing can be read', async () => {
    const folder = folderWith({ 'toy-run.json': json, 'axes.ts': '', 'broken.json': '{' });
    await expect(load('toy-rum', folder)).rejects.toThrow(
      /unknown “toy-rum”; did you mean “toy-run”\?\n {2}accepted: broken, toy-run, or a path/,
    );
    await expect(load('./no/such.json', folder)).rejects.toThrow('there is no such file');
    await expect(load('broken', folder)).rejects.toThrow(/broken\.json: cannot be read: .*JSON/);
    await expect(load('x', '/nowhere')).rejects.toThrow('unknown “x”');
  });
});

describe('experiments', () => {
  const names = experimentNames(ours);

  it('are there', () => expect(names).toEqual(expect.arrayContaining(['devign-mini', 'quickstart', 'smoke', 'table-1'])));

  it.each(names)('%s is right and survives a JSON round trip', async (name) => {
    const experiment = await loadExperiment(name, ours, catalogues);
    expect(JSON.parse(JSON.stringify(experiment))).toEqual(experiment);
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)), catalogues, name)).toEqual(experiment);
  });
});

describe('defineExperiment', () => {
  it('does not compile with a wrong name or key', () => {
    const frame = {
      name: 'x',
      title: 'x',
      corpora: [{ name: 'devign' }],
      models: [{ name: 'roberta' }],
      attacks: [{ name: 'none' }],
      seeds: [1],
    } as const;
    const defenses = [{ name: 'undefended' }] as const;
    const wrong = [
      // @ts-expect-error no such attack
      () => defineExperiment({ ...frame, defenses, attacks: [{ name: 'codepoisner' }] }),
      // @ts-expect-error no such key of the attack
      () => defineExperiment({ ...frame, defenses, attacks: [{ name: 'codepoisoner', rate: 0.02 }] }),
      // @ts-expect-error another attack’s key
      () => defineExperiment({ ...frame, defenses, attacks: [{ name: 'badcode', trigger: 'rb' }] }),
      // @ts-expect-error no such setting, two levels down
      () => defineExperiment({ ...frame, defenses: [{ name: 'elibadcode', inversion: { anchor: { betta: 0.1 } } }] }),
      // @ts-expect-error no such size
      () => defineExperiment({ ...frame, defenses, models: [{ name: 'roberta', size: 'huge' }] }),
      // @ts-expect-error no such key of training
      () => defineExperiment({ ...frame, defenses, models: [{ name: 'roberta', training: { epoch: 1 } }] }),
      // @ts-expect-error no such corpus
      () => defineExperiment({ ...frame, defenses, corpora: [{ name: 'devin' }] }),
      // @ts-expect-error no such unit
      () => defineExperiment({ ...frame, defenses, attacks: [{ name: 'badcode', unit: 'pairs' }] }),
      // @ts-expect-error no such key
      () => defineExperiment({ ...frame, defences: defenses }),
    ];
    expect(wrong).toHaveLength(9);
    expect(defineExperiment({ ...frame, defenses }).name).toBe('x');
  });

  it('refuses at run time what the types cannot see, with every setting of the real methods', () => {
    const experiment = {
      name: 'x',
      title: 'x',
      corpora: [{ name: 'synthetic-defect', trian: 4 }],
      models: [{ name: 'roberta' }],
      attacks: [{ name: 'codepoisoner', target: 'functon' }],
      defenses: [
        { name: 'elibadcode', inversion: { iteration: 3 } },
        { name: 'elibadcode', profile: 'papr' },
      ],
      seeds: [1],
    };
    const parse = (): unknown => parseExperiment(experiment, catalogues, 'x.ts');
    expect(parse).toThrow(/corpora\[0\]\.trian: unknown key “trian”; did you mean “train”\?/);
    expect(parse).toThrow(/attacks\[0\]\.target: unknown “functon”; did you mean “function”\?/);
    expect(parse).toThrow(
      /defenses\[0\]\.inversion\.iteration: unknown key “iteration”; did you mean “iterations”\?\n {4}accepted: vocabulary, samples/,
    );
    expect(parse).toThrow(/defenses\[1\]\.profile: unknown “papr”; did you mean “paper”\?\n {4}accepted: default or paper or code/);
  });
});

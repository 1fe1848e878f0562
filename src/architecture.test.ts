/** The layout as tests: who may import whom, what only the engine knows, how files are named and begin. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findCycle, packageOf, parseSource, readSources, repositoryRoot, type SourceFile } from './testing/source-tree.ts';

/** Folders whose members are named in one list and never import each other: folder -> the file with the list. */
const catalogues: Readonly<Record<string, string>> = {
  'dataset/corpora': 'dataset/corpora/index.ts',
  'craft/crafts': 'craft/crafts/index.ts',
  'poison/attacks': 'poison/attacks/index.ts',
  'poison/tasks': 'poison/tasks/index.ts',
  'train/models': 'train/models/index.ts',
  'pretrain/objectives': 'pretrain/objectives/index.ts',
  'train/tasks': 'train/tasks/index.ts',
  'defend/defenses': 'defend/index.ts',
  'defend/tasks': 'defend/tasks/index.ts',
  'evaluate/metrics': 'evaluate/metrics/index.ts',
  'evaluate/tasks': 'evaluate/tasks/index.ts',
  'report/tables': 'report/tables/index.ts',
  'report/figures': 'report/figures/index.ts',
};
const catalogueLists = Object.values(catalogues);

/** Besides itself, a folder may import these folders or files of `src`. Nothing else. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ['core'],
  store: ['core'],
  hub: ['core'],
  dataset: ['core'],
  craft: ['core', 'engine'],
  poison: ['core'],
  evaluate: ['core'],
  train: ['core', 'engine'],
  pretrain: ['core', 'engine', 'train'],
  defend: ['core', 'engine', 'train'],
  // The settings: what an experiment may say about EliBadCode or a pretraining is typed down to its last key.
  config: ['core', ...catalogueLists, 'defend/elibadcode/settings.ts', 'pretrain/settings.ts'],
  plan: ['core', 'config'],
  report: ['core', 'store'],
  run: ['core', 'engine', 'hub', 'plan', 'dataset', 'craft', 'poison', 'train', 'pretrain', 'defend', 'evaluate', 'store'],
  // A user's own model and samples: they are read by the corpora's rules, and what is found is drawn in the report's style.
  scan: [
    ...[
      'core',
      'engine',
      'train',
      'defend',
      'report/figure.ts',
      'report/formats',
      'dataset/code-search.ts',
      'dataset/lines.ts',
      'dataset/parquet.ts',
    ],
    ...['dataset/preprocess-all.ts', 'dataset/rows.ts'],
  ],
  cli: ['core', 'config', 'plan', 'run', 'report', 'scan', 'store', ...catalogueLists],
  experiments: ['config'],
};

/** Tests, what only tests import, and benchmarks may import anything. */
const isProduct = (file: SourceFile): boolean => !/\.test\.ts$|^src\/testing\/|^bench\//.test(file.path);

const sources = readSources(['src', 'experiments', 'bench']);
const product = sources.filter(isProduct);

/** `src/train/models/roberta.ts` → `train`, `experiments/smoke.ts` → `experiments`. */
const folderOf = (path: string): string => path.replace(/^src\//, '').split('/')[0]!;

const importFaults = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) => {
    const allowed = mayImport[folderOf(file.path)];
    if (allowed === undefined) return [`${file.path}: its folder is not in the table`];
    return file.imports
      .filter((target) => /\.m?[jt]s$/.test(target) && folderOf(target) !== folderOf(file.path))
      .filter((target) => !allowed.some((entry) => target === `src/${entry}` || target.startsWith(`src/${entry}/`)))
      .map((target) => `${file.path} imports ${target}`);
  });

/** The member a file belongs to: `poison/attacks/badcode` for that file, a folder of that name, and `badcode-….ts` beside it. */
const memberOf = (path: string): string | null => {
  const inside = path.replace(/^src\//, '');
  const folder = Object.keys(catalogues).find((name) => inside.startsWith(`${name}/`));
  if (folder === undefined) return null;
  const entry = inside.slice(folder.length + 1).split(/[/.]/)[0]!;
  if (entry === 'index') return null;
  const owners = product
    .map((file) => file.path)
    .filter((file) => entry.startsWith(`${basename(file, '.ts')}-`) && dirname(file) === `src/${folder}`);
  return `${folder}/${owners.length === 0 ? entry : basename(owners[0]!, '.ts')}`;
};

const memberFaults = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) => {
    const own = memberOf(file.path);
    const others = own === null ? [] : file.imports.filter((target) => memberOf(target) !== null && memberOf(target) !== own);
    return others.map((target) => `${file.path} imports ${target}`);
  });

test('the reader finds every kind of import, and the checks find faults', () => {
  const bad = parseSource(
    'src/poison/attacks/bad.ts',
    `import a from '../../train/a.ts'; export * from './other.ts'; import type { B } from 'b';
     type C = import('@c/c/deep').C; await import('d'); require.resolve('e/e.wasm'); // import 'f'`,
  );
  expect(bad.specifiers).toEqual(['../../train/a.ts', './other.ts', 'b', '@c/c/deep', 'd', 'e/e.wasm']);
  expect(bad.specifiers.map(packageOf)).toEqual([null, null, 'b', '@c/c', 'd', 'e']);
  expect(importFaults([bad])).toEqual(['src/poison/attacks/bad.ts imports src/train/a.ts']);
  expect(memberFaults([bad])).toEqual(['src/poison/attacks/bad.ts imports src/poison/attacks/other.ts']);
  const loop = [parseSource('src/core/a.ts', `import './b.ts'`), parseSource('src/core/b.ts', `import type { A } from './a.ts'`)];
  expect(findCycle(loop)).toEqual(['src/core/a.ts', 'src/core/b.ts', 'src/core/a.ts']);
});

test('imports point one way', () => {
  expect(importFaults(product)).toEqual([]);
  expect(product.flatMap((file) => file.imports).length).toBeGreaterThan(50);
  expect(new Set(product.map((file) => folderOf(file.path)))).toEqual(new Set(Object.keys(mayImport)));
});

test('every relative import names a file that exists, with its extension', () => {
  const targets = sources.flatMap((file) => file.imports);
  expect(targets.filter((target) => !existsSync(join(repositoryRoot, target)))).toEqual([]);
  expect(targets.length).toBeGreaterThan(100);
});

test('there is no import cycle, type-only imports included', () => {
  expect(findCycle(sources)).toBeNull();
});

test('members of a catalogue never import each other, and every member is in its list', () => {
  expect(memberFaults(product)).toEqual([]);
  const members = new Set(product.map((file) => memberOf(file.path)).filter((member) => member !== null));
  const lists = product.filter((file) => catalogueLists.includes(file.path.replace(/^src\//, '')));
  expect(lists).toHaveLength(catalogueLists.length);
  const listed = new Set(lists.flatMap((file) => file.imports.map(memberOf)));
  expect([...members].filter((member) => !listed.has(member))).toEqual([]);
  expect(members.size).toBeGreaterThan(5);
});

test('nothing outside src/engine knows ONNX, ONNX Runtime or a device', () => {
  const engineOnly = /onnx|InferenceSession|executionProvider|gpu-buffer|setBackend|registerKernel|registerBackend|requestAdapter/i;
  // The engine's and the devices' names as values of a command-line option.
  const optionValues = new Set(['traced', 'cpu', 'webgpu', 'cuda', 'tfjs-node-gpu']);
  const faults = (files: readonly SourceFile[]): string[] =>
    files.flatMap((file) =>
      file.words.filter((word) => engineOnly.test(word) && !optionValues.has(word)).map((word) => `${file.path}: ${word.slice(0, 80)}`),
    );
  const inEngine = (file: SourceFile): boolean => folderOf(file.path) === 'engine';
  expect(faults(product.filter((file) => !inEngine(file)))).toEqual([]);
  expect(faults(product.filter(inEngine)).length).toBeGreaterThan(5);
});

test('every package imported is in package.json, and the product needs no development package', () => {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const uses = (files: readonly SourceFile[]): Set<string> =>
    new Set(files.flatMap((file) => file.specifiers.map(packageOf)).filter((name) => name !== null));
  const inProduct = uses(product);
  const known = { ...manifest.dependencies, ...manifest.devDependencies };
  expect([...inProduct].filter((name) => !Object.hasOwn(manifest.dependencies, name))).toEqual([]);
  expect([...uses(sources)].filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  expect(inProduct.size).toBeGreaterThan(5);
  // A range would let two installations differ.
  expect(Object.values(known).filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('a stage that computes from values reads no file and starts no process', () => {
  const pure = product.filter((file) => ['poison', 'defend', 'evaluate', 'plan'].includes(folderOf(file.path)));
  const faults = pure.flatMap((file) =>
    file.specifiers.filter((name) => /^node:(fs|child_process|net|http)/.test(name)).map((name) => `${file.path} imports ${name}`),
  );
  expect(faults).toEqual([]);
  expect(pure.length).toBeGreaterThan(5);
});

test('file and folder names are kebab-case and say something', () => {
  const empty = new Set(['util', 'utils', 'helper', 'helpers', 'misc', 'common', 'manager', 'tmp', 'data2', 'new', 'v2']);
  const names = sources.flatMap((file) => file.path.split('/'));
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?(\.test)?(\.m?[jt]s)?$/.test(name))).toEqual([]);
  expect(names.filter((name) => name.split(/[-.]/).some((part) => empty.has(part)))).toEqual([]);
});

test('every file begins with a comment that says what it is for, and leaves nothing to do', () => {
  const opening = (file: SourceFile): string => file.text.replace(/^#!.*\n/, '').slice(0, 400);
  const saysWhatFor = /^(\/\*\*?\s+(\* )?|\/\/ )\S+( \S+){2,}/;
  expect(sources.filter((file) => !saysWhatFor.test(opening(file))).map((file) => file.path)).toEqual([]);
  const leftOver = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map((mark) => `\\b${mark}\\b`).join('|'));
  expect(sources.filter((file) => leftOver.test(file.text)).map((file) => file.path)).toEqual([]);
});

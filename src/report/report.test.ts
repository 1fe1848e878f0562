/**
 * Whole reports from made-up runs. Snapshots lie in `snapshots/`: look at them, and after a wanted change write them anew with
 * `npx vitest run src/report -u`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../core/contracts.ts';
import { sha256 } from '../core/hash.ts';
import { exportMeasurements, importMeasurements, openStore, type Store } from '../store/index.ts';
import { fromRecord, takeInRuns } from '../store/runs.ts';
import { madeUpAblations } from '../testing/made-up-ablations.ts';
import { madeUpComparison, madeUpKnowledge } from '../testing/made-up-comparison.ts';
import { madeUpPretrainings } from '../testing/made-up-pretrainings.ts';
import { madeUpRecord, madeUpRecords } from '../testing/made-up-records.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { pngOf } from './figure.ts';
import { figures } from './figures/index.ts';
import { buildReport, type Report } from './report.ts';
import { tables } from './tables/index.ts';

const stores: Store[] = [];
const folder = mkdtempSync(join(tmpdir(), 'elibadcode-test-'));
afterAll(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function storeWith(records: readonly RunRecord[]): Promise<Store> {
  const store = await openStore(':memory:');
  stores.push(store);
  await takeInRuns(store, records.map(fromRecord));
  return store;
}

interface Built {
  readonly report: Report;
  /** By path below the report's folder. */
  readonly contents: Readonly<Record<string, string>>;
}

async function reportOf(store: Store): Promise<Built> {
  const outDir = mkdtempSync(join(folder, 'report-'));
  const given = { knowledge: madeUpKnowledge, pretrainings: madeUpPretrainings };
  const report = await buildReport({ store, experiment: null, planned: null, ...given, outDir });
  // A PNG as base64, so that a difference is one of text.
  const read = (path: string): string => readFileSync(path, path.endsWith('.png') ? 'base64' : 'utf8');
  return { report, contents: Object.fromEntries(report.files.map((path) => [path.slice(outDir.length + 1), read(path)])) };
}

/** Compared instead of the contents: a difference names the file and does not fill the screen. */
const digests = ({ contents }: Built): Record<string, string> =>
  Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, sha256(content)]));

let store: Store;
let built: Built;
beforeAll(async () => {
  store = await storeWith([...madeUpRecords, ...madeUpAblations]);
  built = await reportOf(store);
});

test('tables, figures and the terminal’s text look as they did', async () => {
  const { report, contents } = built;
  const shown = Object.entries(contents).filter(([path]) => /\.(md|tex|csv|svg)$/.test(path));
  for (const [path, content] of shown) await expect(content).toMatchFileSnapshot(`snapshots/${path.split('/')[1]!}`);
  const text = report.text.replaceAll(/\/\S*\/(?=tables|figures)/g, 'OUT/');
  await expect(text).toMatchFileSnapshot('snapshots/terminal.txt');
  // Two figures of each of four victims, one of the ablations’ inversion, six of their sweeps, and the pretrainings’.
  expect(shown).toHaveLength(3 * tables.length + 2 * 4 + 1 + 6 + 1);
  expect(readdirSync(join(import.meta.dirname, 'snapshots')).sort()).toEqual(
    [...shown.map(([path]) => path.split('/')[1]!), 'terminal.txt'].sort(),
  );
});

test('a second report, from the committed CSV files alone, is byte-equal', async () => {
  const [path] = await exportMeasurements(store, join(temporaryFolder(), 'measurements.csv'), { runs: 'all' });
  const clone = await storeWith([]);
  await importMeasurements(clone, path!);
  expect(digests(await reportOf(clone))).toEqual(digests(built));
});

test('every table and figure of the catalogues is written', async () => {
  const paths = [built, await reportOf(await storeWith(madeUpComparison))].flatMap(({ contents }) => Object.keys(contents));
  for (const { name } of tables) expect(paths.filter((path) => path.startsWith(`tables/${name}.`))).toHaveLength(6);
  const isOf = (name: string, path: string): boolean => [`figures/${name}-`, `figures/${name}.`].some((start) => path.startsWith(start));
  for (const { name } of figures) expect(paths.filter((path) => isOf(name, path)).length).toBeGreaterThanOrEqual(3);
  expect(tables.length * figures.length).toBeGreaterThan(0);
});

test('with a plan, what it names and the store lacks is shown as such', async () => {
  const run = madeUpRecord({ comparedWith: null });
  const planned = [
    { ...run, notRunBecause: null },
    { ...madeUpRecord({ comparedWith: null, defense: 'elibadcode' }), notRunBecause: null },
    { ...madeUpRecord({ comparedWith: null, defense: 'dbs' }), notRunBecause: 'dbs is not implemented: it comes later' },
  ];
  const outDir = temporaryFolder();
  const given = { experiment: 'made-up', planned, knowledge: [], pretrainings: madeUpPretrainings };
  const { text, files } = await buildReport({ store: await storeWith([run]), ...given, outDir });
  expect(text).toMatch(/DBS +not implemented/);
  expect(text).toMatch(/EliBadCode +not run/);
  expect(text).not.toContain('paper');
  // Its victims start from nothing.
  expect(files.filter((path) => path.includes('pretraining'))).toEqual([]);
  expect(readFileSync(join(outDir, 'tables/table-1.md'), 'utf8')).toContain('- [b] dbs is not implemented: it comes later');
});

test('one experiment shows the pretrainings that its victims start from', async () => {
  const outDir = temporaryFolder();
  const own = await storeWith([madeUpRecord({ weights: 'pretrained:codebert-standin-made-up' })]);
  const given = { experiment: 'made-up', planned: null, knowledge: [], pretrainings: madeUpPretrainings };
  await buildReport({ store: own, ...given, outDir });
  const spec = readFileSync(join(outDir, 'figures/pretraining.vl.json'), 'utf8');
  const names = [...spec.matchAll(/"name": "(.*?)"/g)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set(['codebert-standin-made-up']));
});

test('nothing to report is an error that says what to do', async () => {
  const options = { store, planned: null, knowledge: [], pretrainings: [], outDir: temporaryFolder() };
  await expect(buildReport({ ...options, experiment: 'quickstart' })).rejects.toThrow(
    /no runs of experiment “quickstart”[^]*elibadcode run/,
  );
});

test('letters are drawn without any font of the machine', () => {
  const svg = (text: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15" font-family="DejaVu Sans">${text}</text></svg>`;
  const empty = Buffer.from(pngOf(svg('')));
  expect(Buffer.from(pngOf(svg('β␣'))).equals(empty)).toBe(false);
  expect([...empty.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join('')).toBe('PNG');
});

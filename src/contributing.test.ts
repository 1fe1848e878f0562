/** CONTRIBUTING.md's made-up attack, done as the page says: its blocks go into a copy of the repository, and the copy is run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from './testing/source-tree.ts';

const page = readFileSync(join(repositoryRoot, 'CONTRIBUTING.md'), 'utf8');
const copy = mkdtempSync(join(tmpdir(), 'elibadcode-contributing-'));

/** `` `path` `` on a line of its own, then a block: a file to create. */
const newFiles = [...page.matchAll(/^`(\S+\.ts)`\n\n```ts\n([^]*?)^```$/gm)].map((match) => ({ path: match[1]!, text: match[2]! }));

/** The block below "The line.": an import and the whole catalogue as it reads afterwards. */
const catalogueLines = /^\*\*2\. The line\.\*\* In `(\S+)`[^]*?```ts\n(import .*)\n(export const attacks .*)\n```/m.exec(page)!;

const elibadcode = (...words: readonly string[]): string =>
  execFileSync(process.execPath, [join(copy, 'src/cli/bin.mjs'), ...words], {
    cwd: copy,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  for (const entry of ['src', 'experiments', 'datasets', 'package.json', 'tsconfig.json']) {
    cpSync(join(repositoryRoot, entry), join(copy, entry), { recursive: true, filter: (path) => !/\.(parquet|arrow)$/.test(path) });
  }
  symlinkSync(join(repositoryRoot, 'node_modules'), join(copy, 'node_modules'));
  for (const { path, text } of newFiles) writeFileSync(join(copy, path), text, { flag: 'wx' });

  const [, list, importLine, catalogue] = catalogueLines;
  const before = readFileSync(join(copy, list!), 'utf8');
  const after = before.replace(/^(import \{ badcode)/m, `${importLine!}\n$1`).replace(/^export const attacks = .*$/m, catalogue!);
  writeFileSync(join(copy, list!), after);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

test('the page shows one new attack, one new experiment, and a catalogue that keeps what it had', () => {
  expect(newFiles.map(({ path }) => path)).toEqual(['src/poison/attacks/echo.ts', 'experiments/echo.ts']);
  const now = /^export const attacks = .*$/m.exec(readFileSync(join(repositoryRoot, catalogueLines[1]!), 'utf8'))![0];
  expect(catalogueLines[3]!.replace(', echo }', ' }')).toBe(now);
});

test('it compiles, and a misspelt parameter does not', () => {
  const misspelt = readFileSync(join(copy, 'experiments/echo.ts'), 'utf8').replace('times: 2', 'tmies: 2');
  writeFileSync(join(copy, 'experiments/misspelt.ts'), misspelt);
  const include = ['experiments/echo.ts', 'experiments/misspelt.ts'];
  writeFileSync(join(copy, 'tsconfig.echo.json'), JSON.stringify({ extends: './tsconfig.json', include }));
  const tsc = join(copy, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '--project', 'tsconfig.echo.json'], { cwd: copy, encoding: 'utf8' });
  rmSync(join(copy, 'experiments/misspelt.ts'));
  const faults = stdout.split('\n').filter((line) => /^(experiments|src\/poison)\//.test(line));
  expect(faults).toEqual([expect.stringMatching(/^experiments\/misspelt\.ts.*'tmies' does not exist/)]);
  expect(status).not.toBe(0);
});

test('the contracts of the catalogue hold for it', () => {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const output = execFileSync(process.execPath, [vitest, 'run', '--reporter=json', 'src/poison/attacks'], { cwd: copy, encoding: 'utf8' });
  const outcome = JSON.parse(output.slice(output.indexOf('{'))) as {
    readonly numFailedTests: number;
    readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string }[] }[];
  };
  expect(outcome.numFailedTests).toBe(0);
  const ofEcho = outcome.testResults.flatMap((file) => file.assertionResults).filter(({ fullName }) => fullName.includes('echo'));
  expect(ofEcho.length).toBeGreaterThan(3);
});

test('ls names it, plan knows its runs, run measures it', () => {
  expect(elibadcode('ls')).toMatch(/^ +echo +Echo/m);
  expect(elibadcode('plan', 'echo')).toMatch(/echo +fine-tuning +1 +to do/);
  elibadcode('run', 'echo', '--quiet');
  const folder = join(copy, 'results/records');
  const records = readdirSync(folder).map(
    (name) =>
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as { attack: string; measurements: { metric: string; n: number | null }[] },
  );
  expect(records).toHaveLength(4);
  const attacked = records.filter(({ attack }) => attack === 'echo');
  expect(attacked).toHaveLength(2);
  for (const { measurements } of attacked) expect(measurements.find(({ metric }) => metric === 'asr')?.n).toBe(20);
});

/** The notebook as committed: no stored outputs, no machine's paths, a kernel of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const folder = join(import.meta.dirname, '..', '..', 'notebooks');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
const code = z.object({
  cell_type: z.literal('code'),
  source: z.array(z.string()),
  outputs: z.array(z.unknown()),
  execution_count: z.null(),
});
const prose = z.object({ cell_type: z.literal('markdown'), source: z.array(z.string()) });
const notebook = z.object({ cells: z.array(z.discriminatedUnion('cell_type', [code, prose])) }).parse(readJson('results.ipynb'));

test('no outputs are stored, and nothing is defined that others would need', () => {
  const cells = notebook.cells.filter((cell) => cell.cell_type === 'code');
  expect(cells.length).toBeGreaterThan(4);
  expect(cells.flatMap((cell) => cell.outputs)).toEqual([]);
  expect(cells.map((cell) => cell.source.join('')).filter((source) => /^\s*(export|function|class) /m.test(source))).toEqual([]);
});

test('the kernel is tslab of the notebook’s own folder, exactly pinned and found without an absolute path', () => {
  const kernel = z.object({ argv: z.array(z.string()) }).parse(readJson('kernels/tslab/kernel.json'));
  expect(kernel.argv[0]).toMatch(/^\{resource_dir\}\/\.\.\/\.\.\/node_modules\//);
  const manifest = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(readJson('package.json'));
  expect(manifest.dependencies).toEqual({ tslab: '1.0.22' });
  const lock = z
    .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
    .parse(readJson('package-lock.json'));
  expect(lock.packages['node_modules/tslab']?.version).toBe('1.0.22');
});

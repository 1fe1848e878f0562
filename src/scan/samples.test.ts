/** Users' samples: the columns' names, both formats, halves, and what is refused with which words. */
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Language, TaskName } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import { writeParquet } from '../testing/parquet.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readSamples } from './samples.ts';

const read = (path: string, task: TaskName = 'defect', language: Language = 'c') =>
  readSamples(path, task, language, quietContext(makeRng(1)));

function fileOf(rows: readonly object[], name = 'samples.jsonl'): string {
  const path = join(temporaryFolder(), name);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const c = (index: number): string => `int f${index}(int a) { /* no */ return a + ${index}; }`;
const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ func: c(index), target: index % 2 }));

describe('read', () => {
  it('halves each label, leaves repeated rows out, and gives equal halves to equal seeds', async () => {
    const path = fileOf([...rows(14), ...rows(3)]);
    const { find, heldOut, duplicates, named, digest } = await read(path);
    expect([find, heldOut].map((half) => half.map(({ label }) => label).join(''))).toEqual(['00001111', '000111']);
    expect(new Set([...find, ...heldOut].map(({ programs }) => programs[0]!.functionName)).size).toBe(14);
    expect({ duplicates, named }).toEqual({ duplicates: 3, named: 14 });
    expect(find[0]!.programs[0]!.tokens).not.toContain('/*');
    const again = await read(fileOf(rows(14)));
    expect(again.digest).toBe(digest);
    expect(again.find.map(({ programs }) => programs[0]!.tokens)).toEqual(find.map(({ programs }) => programs[0]!.tokens));
    expect((await read(fileOf(rows(16)))).digest).not.toBe(digest);
  });

  it.each([
    ['code', 'label', (label: number) => label === 1],
    ['function', 'labels', String],
    ['source', 'target', (label: number) => label],
  ])('columns “%s” and “%s”, labels as numbers, truth values or text', async (code, label, as) => {
    const { find } = await read(fileOf(rows(10).map(({ func, target }) => ({ [code]: func, [label]: as(target), idx: 3 }))));
    expect(find.map((sample) => sample.label)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('pairs, whose equal functions are one program', async () => {
    const pairs = Array.from({ length: 10 }, (_, index) => ({ func1: c(0), func2: c(index), label: index % 2 }));
    const { find, heldOut } = await read(fileOf(pairs), 'clone');
    const firsts = [...find, ...heldOut].map(({ programs }) => programs[0]!);
    expect(new Set(firsts).size).toBe(1);
    expect(find[0]!.programs).toHaveLength(2);
  });

  it('queries: the docstring’s first paragraph, without which the function stands', async () => {
    const asked = Array.from({ length: 10 }, (_, index) => ({
      code: `def f${index}(a):\n    """Add ${index}.\n\n    More."""\n    return a + ${index}\n`,
      docstring: `Add ${index}.\n\nMore.`,
    }));
    const { find, heldOut } = await read(fileOf(asked), 'search', 'python');
    expect([find.length, heldOut.length]).toEqual([5, 5]);
    expect(find[0]!.query).toMatch(/^Add \d\.$/);
    expect(find.flatMap(({ programs }) => programs[0]!.tokens.join(' ')).join()).not.toContain('Add');
  });

  it('Parquet and compressed JSONL as JSONL', async () => {
    const path = join(temporaryFolder(), 'samples.parquet');
    const values = rows(12).map(({ func, target }) => `('${func}', ${target === 1})`);
    await writeParquet(path, `SELECT * FROM (VALUES ${values.join(', ')}) AS t(code, target)`);
    const expected = (await read(fileOf(rows(12)))).digest;
    expect((await read(path)).digest).toBe(expected);
    expect((await read(fileOf(rows(12), 'samples.jsonl.gz'))).digest).toBe(expected);
  });
});

describe('refused', () => {
  it.each([
    ['two samples', rows(2), /1 of label 0, 1 of label 1\n.*at least 5 different samples of each label/s],
    ['samples of one label', rows(20).map((row) => ({ ...row, target: 0 })), /20 of label 0, 0 of label 1/],
    ['one sample many times', Array.from({ length: 30 }, (_, index) => ({ func: c(0), target: index % 2 })), /1 of label 0, 1 of label 1/],
    ['no samples', [], /0 of label 0, 0 of label 1/],
    ['labels that the head does not have', [...rows(10), { func: c(11), target: 2 }], /line 11: target is 2\n.*0 or 1, false or true/s],
    [
      'a column that is missing',
      [{ text: 'int f;', target: 1 }],
      /line 1: no “func” or “code” .* among text, target\n.*func \| code \| .*target \| label/s,
    ],
    ['no text', [{ func: 7, target: 1 }], /line 1: func has no text/],
  ])('%s', async (_, given, message) => {
    await expect(read(fileOf(given))).rejects.toThrow(message);
  });

  it('too few queries, and one without words', async () => {
    const asked = (count: number, query: string) => Array.from({ length: count }, (_, index) => ({ code: c(index), query }));
    await expect(read(fileOf(asked(9, 'add')), 'search')).rejects.toThrow(/9 different samples\n.*at least 10/s);
    await expect(read(fileOf(asked(9, ' \n')), 'search')).rejects.toThrow(/line 1: query has no text/);
  });

  it('bytes that are no UTF-8 and lines that are no JSON, by their line', async () => {
    const path = fileOf(rows(3));
    writeFileSync(path, Buffer.from([...Buffer.from('{"func": "'), 0xff, ...Buffer.from('", "target": 0}\n')]), { flag: 'a' });
    await expect(read(path)).rejects.toThrow(/line 4: bytes that are no UTF-8 text/);
    const broken = fileOf(rows(6));
    writeFileSync(broken, '{"func": \n', { flag: 'a' });
    await expect(read(broken)).rejects.toThrow(/line 7: no JSON/);
    await expect(read(fileOf([rows(6)]))).rejects.toThrow(/line 1: JSON, but no object/);
  });

  it('a Parquet file without the columns, and one that is none', async () => {
    const path = join(temporaryFolder(), 'other.parquet');
    await writeParquet(path, `SELECT 'x' AS text, 1 AS target`);
    await expect(read(path)).rejects.toThrow(/no “func” or .* among text, target/);
    writeFileSync(path, 'no Parquet');
    await expect(read(path)).rejects.toThrow(/cannot be read/);
  });

  it('3 GB, before a byte is read; and what is no file', async () => {
    const path = join(temporaryFolder(), 'large.jsonl');
    const file = openSync(path, 'w');
    ftruncateSync(file, 3e9);
    closeSync(file);
    await expect(read(path)).rejects.toThrow(/2861 MiB\n.*at most 256 MiB/s);
    await expect(read(temporaryFolder())).rejects.toThrow(/is not a file/);
    await expect(read(join(temporaryFolder(), 'none.jsonl'))).rejects.toThrow(/no such file/);
  });
});

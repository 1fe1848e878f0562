/** Text files line by line: ends, blocks, compression, and what a damaged file gets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readJsonLines, readLines } from './lines.ts';

function fileOf(content: string | Uint8Array, name = 'a.txt'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of readLines(path)) lines.push(text);
  return lines;
}

async function objectsOf(content: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { row } of readJsonLines(fileOf(content), ['idx', 'func'])) rows.push(row);
  return rows;
}

describe('readLines', () => {
  test.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\n\nb', ['a', '', 'b']],
    ['', []],
    ['\n', ['']],
  ])('%j', async (content, expected) => {
    expect(await linesOf(fileOf(content))).toEqual(expected);
    expect(await linesOf(fileOf(gzipSync(content), 'a.gz'))).toEqual(expected);
  });
  test('lines longer than a block, with characters across its end', async () => {
    const lines = ['é'.repeat(100_001), 'x', `y${'中'.repeat(90_000)}`];
    expect(await linesOf(fileOf(lines.join('\n')))).toEqual(lines);
    expect(await linesOf(fileOf(gzipSync(lines.join('\n')), 'a.gz'))).toEqual(lines);
  });
  test('bytes that are no UTF-8: the line is named', async () => {
    const path = fileOf(Buffer.from('a\nb\xff\nc\n', 'latin1'));
    await expect(linesOf(path)).rejects.toThrow(`${path}, line 2: bytes that are no UTF-8 text\n  accepted: UTF-8`);
  });
  test('a truncated or foreign gzip file', async () => {
    const whole = gzipSync('some lines\n'.repeat(1000));
    for (const bytes of [whole.subarray(0, whole.length - 12), Buffer.from('plain text')]) {
      const path = fileOf(bytes, 'a.gz');
      await expect(linesOf(path)).rejects.toThrow(`${path}: cannot be read: `);
      await expect(linesOf(path)).rejects.toThrow('accepted: a whole gzip file');
    }
  });
  test('a file that is not there', async () => {
    await expect(linesOf(join(temporaryFolder(), 'none'))).rejects.toThrow('cannot be read: ENOENT');
  });
});

describe('readJsonLines', () => {
  test('an object a line, further fields allowed', async () => {
    expect(await objectsOf('{"idx":"1","func":"a\\nb","more":2}\n')).toEqual([{ idx: '1', func: 'a\nb', more: 2 }]);
  });
  test.each([
    ['{"idx":1,"func":"a"}\n{"idx":1,', 'line 2: no JSON\n  accepted: one JSON object a line'],
    ['[1]', 'line 1: JSON, but no object'],
    ['null', 'line 1: JSON, but no object'],
    ['\n', 'line 1: no JSON'],
    ['{"idx":1,"code":"a"}', 'line 1: no field “func” among idx, code\n  accepted: idx, func'],
  ])('%j', async (content, message) => {
    await expect(objectsOf(content)).rejects.toThrow(message);
  });
});

/**
 * The readers of weights and tokenizers against as many broken and hostile files as fit into a time: how many were tried, read and
 * refused, how long the slowest took, and every input that did anything else.
 *
 * usage: npx tsx bench/fuzz-readers.ts [--minutes 5] [--seed 1] [--out FILE=bench/results/fuzz-readers.json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { writeAtomically } from '../src/core/fs.ts';
import { readerCases, type ReaderCase } from '../src/testing/hostile-files.ts';
import { count, here, positive } from './arguments.ts';
import { forPeople } from './for-people.ts';
import { describeMachine, gitCommit } from './machine.ts';

interface Tried {
  readonly name: string;
  tried: number;
  read: number;
  refused: number;
  crashes: number;
  slowestMilliseconds: number;
}

/** Inputs of one kind before the next kind's turn. */
const BATCH = 1000;

await forPeople(async () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: here('results/fuzz-readers.json') },
    },
  });
  const until = performance.now() + 60_000 * positive('--minutes', values.minutes);
  const seed = count('--seed', values.seed);
  const folder = mkdtempSync(join(tmpdir(), 'elibadcode-fuzz-'));
  try {
    const cases = readerCases(join(folder, 'files'));
    const tried = cases.map(({ name }): Tried => ({ name, tried: 0, read: 0, refused: 0, crashes: 0, slowestMilliseconds: 0 }));
    for (let round = 0; performance.now() < until; round++) {
      cases.forEach((one, i) => tryBatch(one, tried[i]!, seed + round));
    }
    const total = tried.reduce((sum, one) => sum + one.tried, 0);
    const crashes = tried.reduce((sum, one) => sum + one.crashes, 0);
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    writeAtomically(
      values.out,
      `${JSON.stringify({ machine: describeMachine(), commit: gitCommit(), seed, total, crashes, peakBytes, cases: tried }, null, 1)}\n`,
    );
    for (const one of tried)
      console.log(
        `${one.name}: ${one.tried} tried, ${one.read} read, ${one.refused} refused, ${one.crashes} crashes, slowest ${one.slowestMilliseconds.toFixed(0)} ms`,
      );
    console.log(`${total} inputs, ${crashes} crashes, peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB`);
    if (crashes > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function tryBatch({ name, inputs, read }: ReaderCase, tried: Tried, seed: number): void {
  for (const input of fc.sample(inputs, { seed, numRuns: BATCH })) {
    const begun = performance.now();
    try {
      tried[read(input) ? 'read' : 'refused']++;
    } catch (error) {
      tried.crashes++;
      const bytes = input instanceof Uint8Array ? Buffer.from(input).toString('base64') : String(input);
      console.error(`${name}, seed ${seed}: ${String(error)}\n${bytes}`);
    }
    tried.slowestMilliseconds = Math.max(tried.slowestMilliseconds, performance.now() - begun);
    tried.tried++;
  }
}

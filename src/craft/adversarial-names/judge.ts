/** How well the crafting model names functions it did not learn from, and how likely it finds a given name. */
import { chunk } from '../../core/batches.ts';
import type { DeviceTensor, Engine } from '../../engine/index.ts';
import { compileOnDemand } from './compiled.ts';
import type { Example } from './examples.ts';
import type { ModelShape } from './parameters.ts';
import { lossProgram, writeProgram } from './programs.ts';
import { bucketLength, nameValues, sourceValues, type RowShape } from './rows.ts';
import { target } from './vocabulary.ts';

export interface Judge {
  /** F1 of the words of the names written against the true ones, all functions together, 0..1; `null` without functions. */
  nameScore(theta: DeviceTensor, examples: readonly Example[]): Promise<number | null>;
  /** For each function, the mean over the words of its name of −ln p. */
  nameLosses(theta: DeviceTensor, examples: readonly Example[]): Promise<number[]>;
  close(): Promise<void>;
}

/** @param words of the longest name, its end mark counted */
export function openJudge(
  engine: Engine,
  shape: ModelShape,
  { words, maxTokens }: { readonly words: number; readonly maxTokens: number },
): Judge {
  const writers = compileOnDemand((rows) => engine.compile(writeProgram(shape, rows, words)));
  const losses = compileOnDemand((rows) => engine.compile(lossProgram(shape, rows, words)));
  const batch = Math.max(1, Math.floor(engine.batchTokens / maxTokens));
  return {
    async nameScore(theta, examples) {
      if (examples.length === 0) return null;
      const counts = { common: 0, both: 0 };
      await inBatches(examples, batch, maxTokens, async (some, rows) => {
        const program = await writers.get(rows);
        const { kept, fetched } = await program.run({ theta, ...sourceValues(some.map(({ source }) => source), rows) }); // prettier-ignore
        kept.previous.dispose();
        some.forEach(({ name }, b) => {
          const written = Array.from({ length: words }, (_, t) => fetched.written[t * batch + b]!);
          const own = untilEnd(written);
          counts.common += commonWords(own, untilEnd(name));
          counts.both += own.length + name.length - 1;
        });
      });
      return counts.both === 0 ? 0 : (2 * counts.common) / counts.both;
    },
    async nameLosses(theta, examples) {
      const means = Array<number>(examples.length);
      await inBatches(examples, batch, maxTokens, async (some, rows, indices) => {
        const program = await losses.get(rows);
        const name = nameValues(some.map((example) => example.name), batch, words); // prettier-ignore
        const { fetched } = await program.run({ theta, ...sourceValues(some.map(({ source }) => source), rows), ...name }); // prettier-ignore
        some.forEach((example, b) => {
          const own = fetched.losses.subarray(b * words, b * words + example.name.length);
          means[indices[b]!] = own.reduce((sum, loss) => sum + loss, 0) / own.length;
        });
      });
      return means;
    },
    async close() {
      await writers.close();
      await losses.close();
    },
  };
}

/** Functions of like length together. */
async function inBatches(
  examples: readonly Example[],
  batch: number,
  maxTokens: number,
  run: (some: readonly Example[], rows: RowShape, indices: readonly number[]) => Promise<void>,
): Promise<void> {
  const order = examples.map((_, index) => index).sort((a, b) => examples[a]!.source.length - examples[b]!.source.length);
  for (const indices of chunk(order, batch)) {
    const some = indices.map((index) => examples[index]!);
    await run(some, { batch, steps: bucketLength(some.at(-1)!.source.length, maxTokens) }, indices);
  }
}

function untilEnd(ids: readonly number[]): number[] {
  const end = ids.indexOf(target.end);
  return end === -1 ? [...ids] : ids.slice(0, end);
}

/** Words in both lists, as often as in the one that has fewer of them; an unknown word is nobody's. */
function commonWords(a: readonly number[], b: readonly number[]): number {
  const left = [...b];
  return a.filter((id) => {
    const at = id === target.unknown ? -1 : left.indexOf(id);
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  }).length;
}

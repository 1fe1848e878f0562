/**
 * How long the inversion of one option takes at the paper's settings: 100 iterations, 64 candidates, 30 functions, then anchoring;
 * compiling included. The model has random weights, which changes no time.
 * usage: npx tsx bench/inversion.ts DEVICE SIZE [--iterations 100] [--threads 2] [--rows FILE]     (webgpu base)
 */
import { parseArgs } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import { openEngine } from '../src/engine/index.ts';
import { count, deviceOf, findRows } from './arguments.ts';
import { openBench } from './bench-model.ts';
import { chooseCases, setting } from './cases.ts';
import { forPeople } from './for-people.ts';
import { defaultBudget } from './laps.ts';
import { foldRows } from './row-file.ts';
import { wholeOption } from './work.ts';

await forPeople(async () => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { iterations: { ...text, default: '100' }, threads: { ...text, default: '2' }, rows: text },
  });
  const [device = '', size = ''] = positionals;
  const [choice] = chooseCases(size);
  if (choice === undefined) throw new UserError('SIZE', 'none given', 'base, say');
  const { spec } = choice;
  const engine = await openEngine({ device: deviceOf('DEVICE', device), engine: 'traced', threads: count('--threads', values.threads) });
  const rows = foldRows(findRows(values.rows), spec.vocabulary);
  const job = { spec, works: [], setting, rows, budget: defaultBudget, device: deviceOf('DEVICE', device), threads: 2, tf32: false };
  const bench = openBench(engine, job);
  const iterations = count('--iterations', values.iterations);
  const start = performance.now();
  const { loss, kept } = await wholeOption(bench, iterations);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${engine.device}${engine.adapter === null ? '' : ` on ${engine.adapter}`}, ${spec.name}: ${iterations} iterations and anchoring ${seconds.toFixed(1)} s, ` +
      `${bench.compileSeconds().toFixed(1)} s of it compiling; best loss ${loss.toFixed(4)}, ${kept} of ${setting.triggerTokens} tokens kept`,
  );
  await engine.close();
});

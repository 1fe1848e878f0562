/**
 * Times this project's engine on one size and prints a JSON line for each kind of work (job.ts).
 * usage: ours.ts JOB.json     Reads no other file, so that a bundle of it runs wherever Node and the native packages are.
 */
import { createRequire } from 'node:module';
import { readJson } from '../src/core/fs.ts';
import { openEngine } from '../src/engine/index.ts';
import { openBench } from './bench-model.ts';
import type { Job, Line } from './job.ts';
import { Laps } from './laps.ts';
import { forgetPeak, peakBytes } from './memory.ts';
import { workload } from './work.ts';

const print = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const job = readJson(process.argv[2] ?? '') as Job;
const engine = await openEngine({ device: job.device, engine: 'traced', threads: job.threads });
print({ about: { engine: engine.device, node: process.versions.node, ...nativeVersions() } });
const bench = openBench(engine, job);
for (const work of job.works) {
  forgetPeak();
  const before = bench.compileSeconds();
  const laps = new Laps(job.budget);
  await workload[work](bench, laps);
  print({ work, seconds: laps.timed, compileSeconds: bench.compileSeconds() - before, peakBytes: peakBytes(), devicePeakBytes: null });
}
await engine.close();

function nativeVersions(): Record<string, string | null> {
  const require = createRequire(import.meta.url);
  const versionIn = (manifest: string): string | null => {
    try {
      return (require(manifest) as { readonly version: string }).version;
    } catch {
      return null;
    }
  };
  return { 'onnxruntime-node': versionIn('onnxruntime-node/package.json'), webgpu: versionIn('webgpu/package.json') };
}

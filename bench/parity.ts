/**
 * Prints the largest relative error of every golden entry as a Markdown table.
 * usage: npx tsx bench/parity.ts [cpu|webgpu|cuda]     (GOLDEN_DIR: the golden vectors' folder, default ../shared/golden)
 */
import { openEngine, type EngineOptions } from '../src/engine/index.ts';
import { goldenFolder } from '../src/testing/folders.ts';
import { loadGolden } from '../src/testing/golden.ts';
import { boundOf, measureParity } from '../src/testing/parity.ts';

const device = (process.argv[2] ?? 'cpu') as EngineOptions['device'];
const found = goldenFolder('roberta');
if ('absentBecause' in found) throw new Error(found.absentBecause);
const engine = await openEngine({ device, engine: 'traced' });
const measured = await measureParity(engine, loadGolden('roberta', found.path));
await engine.close();

console.log(`Largest relative error, max|ours − PyTorch| / max|PyTorch|, ${engine.device}:\n`);
console.log('| entry | error | bound |\n| --- | --- | --- |');
for (const { entry, error } of measured) console.log(`| ${entry} | ${error === 0 ? '0' : error.toExponential(1)} | ${boundOf(entry)} |`);
if (measured.some(({ entry, error }) => !(error <= boundOf(entry)))) process.exitCode = 1;
